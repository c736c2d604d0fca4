/**
 * A moment between half of some time and all of it: what thousands of pages wait for they do not all do at once.
 * @param milliseconds at most
 */
export function spread(milliseconds: number): number {
  const [drawn = 0] = crypto.getRandomValues(new Uint32Array(1));
  return milliseconds * (0.5 + drawn / 2 ** 33);
}
