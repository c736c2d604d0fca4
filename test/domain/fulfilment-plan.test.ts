import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { allocate, type AllocatableLevel } from '../../src/domain/allocation.ts';
import { openLevels, planFulfilment, type FulfilmentPlan } from '../../src/domain/fulfilment-plan.ts';
import { anyDemands, level, quantitiesOf } from '../support/allocation.ts';

const wanted = (sku: string, quantity: number, levels: readonly AllocatableLevel[]) => {
  return { product: { id: `id-of-${sku}`, sku, waiting: 0 }, quantity, levels };
};

/** Where the units of each line would come from. */
const sourcesIn = ({ lines }: FulfilmentPlan) => lines.map(({ allocations }) => quantitiesOf(allocations));

/** The warehouses that would give nothing, each with the reason and the sentence. */
const passedOverIn = ({ passedOver }: FulfilmentPlan) =>
  Object.fromEntries(passedOver.map(({ warehouse, reason, detail }) => [warehouse, [reason, detail]]));

function planBy(allocation: string, items: Parameters<typeof planFulfilment>[0], region: string | null = null) {
  const plan = planFulfilment(items, region).find((plan) => plan.allocation === allocation);
  assert.ok(plan);
  return plan;
}

describe('A fulfilment plan', () => {
  const tea = wanted('TEA', 4, [
    level('A', 3, { region: 'North' }),
    level('B', 9, { region: 'South' }),
    level('C', 9, { region: 'South' }),
    level('D', 0),
    level('E', 9, { active: false }),
  ]);
  const cup = wanted('CUP', 1, [
    level('A', 1, { region: 'North' }),
    level('B', 1, { region: 'South' }),
    level('C', 0, { region: 'South' }),
  ]);
  it('gives nothing of what others wait for, and says so', () => {
    const [awaited] = [tea].map(({ product, quantity, levels }) => {
      const waiting = { waiting: 2, levels };
      return { product: { ...product, waiting: 2 }, quantity, levels: openLevels(waiting) };
    });
    assert.ok(awaited);
    const plan = planBy('priority', [awaited, cup]);
    assert.equal(plan.possible, false);
    assert.deepEqual(plan.shortages, [{ productId: 'id-of-TEA', sku: 'TEA', requested: 4, available: 0, waiting: 2 }]);
    assert.deepEqual(passedOverIn(plan)['C'], ['waited-for', 'Orders that came first wait for TEA.']);
    assert.deepEqual(passedOverIn(plan)['E'], ['inactive', 'E is not active: it takes no new reservations.']);
  });

  const ofEveryOne = {
    D: ['no-stock', 'D has nothing available of what is wanted.'],
    E: ['inactive', 'E is not active: it takes no new reservations.'],
  };

  it('by priority names the warehouses that come too late to be needed', () => {
    const plan = planBy('priority', [tea, cup]);
    assert.deepEqual(sourcesIn(plan), [{ A: 3, B: 1 }, { A: 1 }]);
    assert.deepEqual([plan.possible, plan.warehouses, plan.shortages], [true, 2, []]);
    const C = ['not-needed', 'Warehouses that come before it have enough of what it holds.'];
    assert.deepEqual(passedOverIn(plan), { C, ...ofEveryOne });
  });

  it('to the nearest says whether the region made the difference', () => {
    const plan = planBy('nearest', [tea, cup], 'SOUTH');
    assert.deepEqual(sourcesIn(plan), [{ B: 4 }, { B: 1 }]);
    assert.deepEqual(passedOverIn(plan), {
      A: ['not-needed', 'Warehouses that are in the region or come before it have enough of what it holds.'],
      C: ['not-needed', 'Warehouses of the region that come before it have enough of what it holds.'],
      ...ofEveryOne,
    });
  });

  it('with the fewest splits tells what would take more parcels from what only comes later', () => {
    const plan = planBy('fewest-splits', [tea, cup]);
    assert.deepEqual([sourcesIn(plan), plan.warehouses], [[{ B: 4 }, { B: 1 }], 1]);
    assert.deepEqual(passedOverIn(plan), {
      A: ['more-parcels', 'A lacks 1 of TEA; B has everything alone.'],
      C: ['more-parcels', 'C lacks 1 of CUP; B has everything alone.'],
      ...ofEveryOne,
    });
    assert.deepEqual(passedOverIn(planBy('fewest-splits', [tea]))['C'], [
      'not-needed',
      'B comes before it and has everything.',
    ]);
    const two = planBy('fewest-splits', [wanted('TEA', 12, tea.levels)]);
    assert.deepEqual(passedOverIn(two)['C'], ['not-needed', 'A and B together have everything without it.']);
  });

  it('from a single warehouse says what each of the others lacks', () => {
    const plan = planBy('single', [tea, cup]);
    assert.deepEqual([sourcesIn(plan), plan.warehouses], [[{ B: 4 }, { B: 1 }], 1]);
    assert.deepEqual(passedOverIn(plan), {
      A: ['not-enough', 'A lacks 1 of TEA.'],
      C: ['not-enough', 'C lacks 1 of CUP.'],
      ...ofEveryOne,
    });
    assert.deepEqual(passedOverIn(planBy('single', [tea]))['C'], [
      'not-needed',
      'B comes before it and has everything.',
    ]);
  });

  it('that is not possible has no allocations, what an order would be refused with, and why nobody can help', () => {
    const most = wanted('TEA', 22, tea.levels);
    const plan = planBy('priority', [most, cup]);
    assert.deepEqual([plan.possible, plan.warehouses, sourcesIn(plan)], [false, 0, [{}, {}]]);
    assert.deepEqual(plan.shortages, [{ productId: 'id-of-TEA', sku: 'TEA', requested: 22, available: 21 }]);
    const lack = ['not-enough', 'All active warehouses together lack 1 of TEA.'];
    assert.deepEqual(passedOverIn(plan), { A: lack, B: lack, C: lack, ...ofEveryOne });
    assert.deepEqual(passedOverIn(planBy('single', [most, cup]))['C'], ['not-enough', 'C lacks 13 of TEA, 1 of CUP.']);
  });

  it('leaves the nearest out when nobody said to what', () => {
    const ways = (region: string | null) => planFulfilment([tea], region).map(({ allocation }) => allocation);
    assert.deepEqual(ways(null), ['priority', 'fewest-splits', 'single']);
    assert.deepEqual(ways('north'), ['priority', 'nearest', 'fewest-splits', 'single']);
  });

  it('is what an order would get, and each warehouse is either used or passed over', () => {
    fc.assert(
      fc.property(anyDemands, (demands) => {
        const items = demands.map(({ quantity, levels }, line) => wanted(`P${line}`, quantity, levels));
        for (const plan of planFulfilment(items, 'north')) {
          const outcome = allocate(demands, { strategy: plan.allocation, region: 'north' });
          assert.equal(plan.possible, 'met' in outcome);
          if ('met' in outcome) {
            assert.deepEqual(
              plan.lines.map(({ allocations }) => allocations),
              outcome.met.map(({ allocations }) => allocations),
            );
          }
          const used = new Set(plan.lines.flatMap(({ allocations }) => allocations.map(({ warehouse }) => warehouse)));
          assert.equal(plan.warehouses, used.size);
          assert.equal(plan.shortages.length > 0, !plan.possible);
          const all = new Set(demands.flatMap(({ levels }) => levels.map(({ warehouse }) => warehouse)));
          assert.deepEqual(
            [...used, ...plan.passedOver.map(({ warehouse }) => warehouse)].toSorted(),
            [...all].toSorted(),
          );
        }
      }),
      { numRuns: 500 },
    );
  });
});
