/** The rules this code knows. A workflow keeps those it was started under, see `rules` in its input. */
const knownRules: readonly number[] = [1];

/**
 * Keeps this code's hands off workflows of rules it does not know: while versions are replaced, one by one or back again, their
 * tasks fail and wait for a worker that knows them. A plain Error on purpose: an ApplicationFailure would fail the order itself.
 * @throws Error
 */
export function assertRules(rules: number): void {
  if (!knownRules.includes(rules))
    throw new Error(`This worker does not know rules ${rules}; a newer one must take over`);
}
