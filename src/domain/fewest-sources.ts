/**
 * How many figures a search looks at before it gives up. It runs while products are locked, so it has to end, and it counts steps and
 * not time, so that the same stock always gives the same answer.
 */
const searchLimit = 300_000;

/** What is left of a search's limit. */
interface Budget {
  left: number;
}

/**
 * The smallest number of sources that together have everything, and of equally small sets the first: the one whose first source comes
 * first, then whose second does, and so on.
 *
 * The search deepens: it tries all sets of one source, of two, and so on, and leaves out every branch in which some product could not
 * be had even from the best of what is left. For one product it goes straight to its answer. With many products and sources there can be
 * too many sets to try; after {@link searchLimit} figures it takes whatever source has the most of what is still missing until nothing
 * is, which may be more sources than necessary.
 *
 * @param needs units of each product
 * @param figures of each product the units that each source has
 * @returns the positions of the sources, ascending; null when all of them together do not have enough
 */
export function fewestSources(
  needs: readonly number[],
  figures: readonly (readonly number[])[],
  limit = searchLimit,
): number[] | null {
  const least = needs.map((need, product) => leastSources(need, figures[product] ?? []));
  if (least.includes(Infinity)) return null;
  const count = figures[0]?.length ?? 0;
  const budget = { left: limit };
  for (let size = Math.max(0, ...least); size <= count && budget.left >= 0; size++) {
    const found = firstOfSize(size, needs, figures, budget);
    if (found !== null) return found;
  }
  return greedySources(needs, figures);
}

/** How many sources one product needs at least; Infinity when all do not have enough. */
function leastSources(need: number, row: readonly number[]): number {
  let missing = need;
  const descending = row.toSorted((a, b) => b - a);
  for (const [index, units] of descending.entries()) {
    if (missing <= 0) return index;
    missing -= units;
  }
  return missing <= 0 ? row.length : Infinity;
}

/** The first set of a size that has everything; null when none has, or when the budget is spent. */
function firstOfSize(
  size: number,
  needs: readonly number[],
  figures: readonly (readonly number[])[],
  budget: Budget,
): number[] | null {
  const count = figures[0]?.length ?? 0;
  budget.left -= needs.length * count * size;
  if (budget.left < 0) return null;
  const best = figures.map((row) => bestSums(row, size));
  const have = needs.map(() => 0);
  const chosen: number[] = [];

  /** Whether what is chosen and the best `more` sources from a position on could have enough of every product. */
  const canReach = (from: number, more: number): boolean => {
    budget.left -= needs.length;
    if (budget.left < 0) return false;
    return needs.every((need, product) => (have[product] ?? 0) + (best[product]?.[from]?.[more] ?? 0) >= need);
  };
  const add = (position: number, sign: 1 | -1): void => {
    budget.left -= needs.length;
    for (const [product, row] of figures.entries()) have[product] = (have[product] ?? 0) + sign * (row[position] ?? 0);
  };
  const choose = (from: number, more: number): boolean => {
    if (more === 0) return canReach(from, 0);
    for (let position = from; position + more <= count && canReach(position, more); position++) {
      add(position, 1);
      chosen.push(position);
      if (choose(position + 1, more - 1)) return true;
      chosen.pop();
      add(position, -1);
    }
    return false;
  };
  return choose(0, size) ? chosen : null;
}

/** Of one product, by position and number: the most units that so many sources from that position on have together. */
function bestSums(row: readonly number[], size: number): readonly (readonly number[])[] {
  const sums: number[][] = Array.from({ length: row.length + 1 }, () => [0]);
  const top: number[] = [];
  for (let position = row.length - 1; position >= 0; position--) {
    const units = row[position] ?? 0;
    const rank = top.findIndex((other) => other < units);
    top.splice(rank === -1 ? top.length : rank, 0, units);
    if (top.length > size) top.pop();
    let sum = 0;
    sums[position] = [0, ...top.map((units) => (sum += units))];
  }
  return sums;
}

/** Some set that has everything, without trying others: the source with the most of what is missing, then the next. */
function greedySources(needs: readonly number[], figures: readonly (readonly number[])[]): number[] {
  const missing = [...needs];
  const gain = (position: number): number =>
    missing.reduce((sum, units, product) => sum + Math.min(units, figures[product]?.[position] ?? 0), 0);
  const bounds = Array.from(figures[0] ?? [], () => Infinity);
  const chosen: number[] = [];
  while (missing.some((units) => units > 0)) {
    let next: readonly [position: number, gain: number] = [-1, 0];
    for (const [position, bound] of bounds.entries()) {
      if (bound <= next[1]) continue;
      const gained = gain(position);
      bounds[position] = gained;
      if (gained > next[1]) next = [position, gained];
    }
    const [position] = next;
    bounds[position] = 0;
    chosen.push(position);
    for (const [product, row] of figures.entries()) {
      missing[product] = Math.max(0, (missing[product] ?? 0) - (row[position] ?? 0));
    }
  }
  return withoutSpare(
    chosen.toSorted((a, b) => a - b),
    needs,
    figures,
  );
}

/** The same sources without those that the others can do without, the last first. */
function withoutSpare(
  chosen: readonly number[],
  needs: readonly number[],
  figures: readonly (readonly number[])[],
): number[] {
  const have = figures.map((row) => chosen.reduce((sum, source) => sum + (row[source] ?? 0), 0));
  const kept = new Set(chosen);
  for (const source of chosen.toReversed()) {
    const left = figures.map((row, product) => (have[product] ?? 0) - (row[source] ?? 0));
    if (!needs.every((need, product) => (left[product] ?? 0) >= need)) continue;
    kept.delete(source);
    have.splice(0, have.length, ...left);
  }
  return Array.from(kept);
}
