import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import {
  allocate,
  allocationStrategies,
  takeable,
  type AllocationStrategy,
  type Demand,
} from '../../src/domain/allocation.ts';
import { openLevels } from '../../src/domain/fulfilment-plan.ts';
import { allocateWhatThereIs } from '../../src/domain/partial-allocation.ts';
import { anyDemands, demand, level, quantitiesOf, warehousesIn } from '../support/allocation.ts';

const by = (strategy: AllocationStrategy, region: string | null = null) => ({ strategy, region });

const anyRule = fc.record({
  strategy: fc.constantFrom(...allocationStrategies),
  region: fc.constantFrom(null, 'north', 'SOUTH', 'elsewhere'),
});

/** What is taken from where, in short. */
function taken(demands: readonly Demand[], rule: ReturnType<typeof by>) {
  return allocateWhatThereIs(demands, rule).map(({ allocations }) => quantitiesOf(allocations));
}

/** The units that each demand gets. */
function unitsOf(demands: readonly Demand[], rule: ReturnType<typeof by>): number[] {
  return allocateWhatThereIs(demands, rule).map(({ allocations }) =>
    allocations.reduce((sum, { quantity }) => sum + quantity, 0),
  );
}

const sum = (units: readonly number[]) => units.reduce((total, some) => total + some, 0);

describe('Taking what there is', () => {
  it('gives each demand what there is of it, and none where there is nothing', () => {
    const [tea, cup, pot] = [
      demand(5, [level('A', 2), level('B', 2), level('C', 9, { active: false })]),
      demand(1, [level('A', 4)]),
      demand(1, [level('B', 0)]),
    ];
    for (const strategy of ['priority', 'nearest', 'fewest-splits'] as const) {
      assert.deepEqual(taken([tea, cup, pot], by(strategy)), [{ A: 2, B: 2 }, { A: 1 }, {}], strategy);
    }
  });

  it('answers with every demand in the order given, also when there is nothing at all', () => {
    const demands = [demand(1, []), demand(2, [level('A', 0)]), demand(3, [level('B', 3, { active: false })])];
    for (const strategy of allocationStrategies) {
      const found = allocateWhatThereIs(demands, by(strategy));
      assert.deepEqual(
        found,
        demands.map((one) => ({ demand: one, allocations: [] })),
      );
    }
  });

  it('never gives more than is wanted, nor more than an active level has, and takes from each warehouse once', () => {
    fc.assert(
      fc.property(anyDemands, anyRule, (demands, rule) => {
        const found = allocateWhatThereIs(demands, rule);
        assert.deepEqual(
          found.map((one) => one.demand),
          demands,
        );
        for (const { demand: wanted, allocations } of found) {
          assert.ok(sum(allocations.map(({ quantity }) => quantity)) <= wanted.quantity);
          assert.equal(new Set(allocations.map(({ warehouseId }) => warehouseId)).size, allocations.length);
          for (const { warehouseId, quantity } of allocations) {
            const source = wanted.levels.find((one) => one.warehouseId === warehouseId);
            assert.ok(source?.active && quantity >= 1 && quantity <= source.available);
          }
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it('leaves no unit behind that is wanted, unless all have to be in one warehouse', () => {
    fc.assert(
      fc.property(anyDemands, anyRule, (demands, rule) => {
        fc.pre(rule.strategy !== 'single');
        const most = demands.map(({ quantity, levels }) => Math.min(quantity, takeable(levels)));
        assert.deepEqual(unitsOf(demands, rule), most);
      }),
      { numRuns: 1_000 },
    );
  });

  it('allocates as usual what can be had in full', () => {
    fc.assert(
      fc.property(anyDemands, anyRule, (demands, rule) => {
        const whole = allocate(demands, rule);
        if ('met' in whole) assert.deepEqual(allocateWhatThereIs(demands, rule), whole.met);
      }),
      { numRuns: 1_000 },
    );
  });

  it('allocates as usual what there is, as if just that had been asked for', () => {
    fc.assert(
      fc.property(anyDemands, anyRule, (demands, rule) => {
        const units = unitsOf(demands, rule);
        const less = demands.map(({ levels }, line) => demand(units[line] ?? 0, levels));
        const asked = less.filter(({ quantity }) => quantity > 0);
        fc.pre(asked.length > 0);
        const usual = allocate(asked, rule);
        assert.ok('met' in usual);
        assert.deepEqual(
          taken(demands, rule).filter((_, line) => (units[line] ?? 0) > 0),
          usual.met.map(({ allocations }) => quantitiesOf(allocations)),
        );
      }),
      { numRuns: 500 },
    );
  });

  it('gives nothing of what others wait for', () => {
    fc.assert(
      fc.property(
        anyDemands,
        anyRule,
        fc.array(fc.nat(1), { minLength: 3, maxLength: 3 }),
        (demands, rule, waiting) => {
          const open = demands.map(({ quantity, levels }, line) =>
            demand(quantity, openLevels({ waiting: waiting[line] ?? 0, levels })),
          );
          for (const [line, units] of unitsOf(open, rule).entries()) if (waiting[line] === 1) assert.equal(units, 0);
        },
      ),
    );
  });
});

describe('Taking what there is of a single warehouse', () => {
  it('takes from the one that gives the most units in all, although another has more of a line', () => {
    const tea = demand(5, [level('A', 5), level('B', 3)]);
    const cup = demand(5, [level('A', 0), level('B', 4)]);
    assert.deepEqual(taken([tea, cup], by('single')), [{ B: 3 }, { B: 4 }]);
  });

  it('counts only what is wanted', () => {
    const tea = demand(2, [level('A', 99), level('B', 2)]);
    const cup = demand(2, [level('B', 1)]);
    assert.deepEqual(taken([tea, cup], by('single')), [{ B: 2 }, { B: 1 }]);
  });

  it('takes the first in the order of use of those that give as many, and no closed one', () => {
    const levels = [level('C', 9, { active: false }), level('B', 3), level('A', 3)];
    assert.deepEqual(taken([demand(5, levels)], by('single')), [{ A: 3 }]);
    const preferred = [level('A', 3), level('B', 3, { priority: 1 })];
    assert.deepEqual(taken([demand(5, preferred)], by('single')), [{ B: 3 }]);
  });

  it('takes as many as the best of all warehouses has, out of the first that has so many', () => {
    fc.assert(
      fc.property(anyDemands, (demands) => {
        const places = warehousesIn(demands);
        const given = places.map((id) =>
          sum(
            demands.map(({ quantity, levels }) => {
              const own = levels.find(({ warehouseId }) => warehouseId === id);
              return Math.min(quantity, own?.active ? own.available : 0);
            }),
          ),
        );
        const most = Math.max(0, ...given);
        const found = allocateWhatThereIs(demands, by('single'));
        const used = new Set(found.flatMap(({ allocations }) => allocations.map(({ warehouseId }) => warehouseId)));
        assert.deepEqual([...used], most === 0 ? [] : [places[given.indexOf(most)]]);
        assert.equal(sum(unitsOf(demands, by('single'))), most);
      }),
      { numRuns: 1_000 },
    );
  });
});
