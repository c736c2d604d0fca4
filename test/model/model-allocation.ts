/** Empties the places in their order, each before the next; together they hold enough. @returns the units by place */
export function byPriority(
  places: readonly { readonly warehouse: string; readonly available: number }[],
  quantity: number,
): Record<string, number> {
  const from: Record<string, number> = {};
  let missing = quantity;
  for (const { warehouse, available } of places) {
    const taken = Math.min(missing, available);
    if (taken > 0) from[warehouse] = taken;
    missing -= taken;
  }
  return from;
}
