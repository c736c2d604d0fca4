import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { fewestSources } from '../../src/domain/fewest-sources.ts';

const sum = (units: readonly number[]): number => units.reduce((a, b) => a + b, 0);

/** What a search that gives up at once is to answer, step by step as it is described, however long that takes. */
function greedily(needs: readonly number[], figures: readonly (readonly number[])[]): number[] {
  const unitsIn = (sources: readonly number[], product: number) =>
    sum(sources.map((source) => figures[product]?.[source] ?? 0));
  const have = (sources: readonly number[]) => needs.map((need, product) => Math.min(need, unitsIn(sources, product)));
  const isEnough = (sources: readonly number[]) => sum(have(sources)) === sum(needs);
  const all = Array.from((figures[0] ?? []).keys());
  let chosen: number[] = [];
  while (!isEnough(chosen)) {
    const totals = all.map((source) => (chosen.includes(source) ? -1 : sum(have([...chosen, source]))));
    chosen = [...chosen, totals.indexOf(Math.max(...totals))];
  }
  for (const source of chosen.toSorted((a, b) => b - a)) {
    const others = chosen.filter((one) => one !== source);
    if (isEnough(others)) chosen = others;
  }
  return chosen.toSorted((a, b) => a - b);
}

describe('The fewest sources, without a search', () => {
  it('are those with the most of what is missing, one after the other, but those that turn out to be spare', () => {
    const stock = fc
      .record({ products: fc.integer({ min: 1, max: 5 }), sources: fc.integer({ min: 1, max: 12 }) })
      .chain(({ products, sources }) => {
        const row = fc.array(fc.nat(9), { minLength: sources, maxLength: sources });
        return fc.array(fc.record({ row, share: fc.nat(100) }), { minLength: products, maxLength: products });
      });
    fc.assert(
      fc.property(stock, (products) => {
        const figures = products.map(({ row }) => row);
        const needs = products.map(({ row, share }) => Math.ceil((sum(row) * share) / 100));
        assert.deepEqual(fewestSources(needs, figures, -1), greedily(needs, figures));
      }),
      { numRuns: 1_000 },
    );
  });

  it('leave out a source that was taken first and is spare in the end', () => {
    // The first gains four; the others, which both are needed, have all of it together.
    assert.deepEqual(
      fewestSources(
        [3, 3],
        [
          [2, 3, 0],
          [2, 0, 3],
        ],
        -1,
      ),
      [1, 2],
    );
  });
});
