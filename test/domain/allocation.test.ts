import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import {
  allocate,
  allocationStrategies,
  takeable,
  type Allocation,
  type AllocationStrategy,
  type Demand,
} from '../../src/domain/allocation.ts';
import {
  anyDemands,
  demand,
  level,
  quantitiesOf,
  smallestSets,
  subsetsOf,
  warehousesIn,
} from '../support/allocation.ts';

const by = (strategy: AllocationStrategy, region: string | null = null) => ({ strategy, region });

/** The allocations of each demand, or null when there are none. */
function allocationsOf(demands: readonly Demand[], rule: ReturnType<typeof by>, limit?: number) {
  const outcome = allocate(demands, rule, limit);
  return 'met' in outcome ? outcome.met.map(({ allocations }) => allocations) : null;
}

/** What is taken from where, in short. */
function taken(demands: readonly Demand[], rule: ReturnType<typeof by>) {
  return allocationsOf(demands, rule)?.map(quantitiesOf) ?? null;
}

/** Demands that a valid allocation gives exactly what is wanted out of what active levels have. */
function assertValid(demands: readonly Demand[], allocations: readonly (readonly Allocation[])[]): void {
  assert.equal(allocations.length, demands.length);
  for (const [line, { quantity, levels }] of demands.entries()) {
    const own = allocations[line] ?? [];
    assert.equal(
      own.reduce((sum, one) => sum + one.quantity, 0),
      quantity,
    );
    assert.equal(new Set(own.map(({ warehouseId }) => warehouseId)).size, own.length, 'each warehouse once');
    for (const one of own) {
      const source = levels.find(({ warehouseId }) => warehouseId === one.warehouseId);
      assert.ok(source?.active, `${one.warehouse} is active`);
      assert.equal(one.warehouse, source.warehouse);
      assert.ok(one.quantity >= 1 && one.quantity <= source.available);
    }
  }
}

const anyRule = fc.record({
  strategy: fc.constantFrom(...allocationStrategies),
  region: fc.constantFrom(null, 'north', 'SOUTH', 'elsewhere'),
});

describe('Allocation', () => {
  it('gives exactly what is wanted out of active levels that have it, or nothing', () => {
    fc.assert(
      fc.property(anyDemands, anyRule, (demands, rule) => {
        const allocations = allocationsOf(demands, rule);
        if (allocations !== null) return assertValid(demands, allocations);
        if (rule.strategy !== 'single') {
          assert.ok(demands.some(({ levels, quantity }) => takeable(levels) < quantity));
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it('finds units whenever there are enough, unless they have to be in one warehouse', () => {
    fc.assert(
      fc.property(anyDemands, anyRule, (demands, rule) => {
        fc.pre(rule.strategy !== 'single' && demands.every(({ levels, quantity }) => takeable(levels) >= quantity));
        assert.ok(allocationsOf(demands, rule));
      }),
    );
  });

  it('gives the same for the same stock, in whatever order its levels come', () => {
    fc.assert(
      fc.property(anyDemands, anyRule, (demands, rule) => {
        const turned = demands.map(({ quantity, levels }) => ({ quantity, levels: levels.toReversed() }));
        assert.deepEqual(allocationsOf(turned, rule), allocationsOf(demands, rule));
      }),
    );
  });

  it('tells of each demand that cannot be met how many units it could have had', () => {
    const [tea, cup, pot] = [
      demand(5, [level('A', 2), level('B', 2), level('C', 9, { active: false })]),
      demand(1, [level('A', 1)]),
      demand(1, []),
    ];
    for (const strategy of ['priority', 'nearest', 'fewest-splits'] as const) {
      assert.deepEqual(allocate([tea, cup, pot], by(strategy)), {
        unmet: [
          { demand: tea, available: 4 },
          { demand: pot, available: 0 },
        ],
        closest: null,
      });
    }
  });
});

describe('Allocation by priority', () => {
  it('empties the first warehouse before it touches the next, line by line', () => {
    const tea = demand(6, [level('A', 3), level('B', 4), level('C', 5)]);
    const cup = demand(1, [level('B', 0), level('C', 5)]);
    assert.deepEqual(taken([tea, cup], by('priority')), [{ A: 3, B: 3 }, { C: 1 }]);
  });

  it('uses warehouses by priority and then by code', () => {
    const levels = [level('B', 1, { priority: 5 }), level('C', 1, { priority: 1 }), level('A', 1, { priority: 5 })];
    assert.deepEqual(Object.keys(taken([demand(3, levels)], by('priority'))?.[0] ?? {}), ['C', 'A', 'B']);
  });

  it('leaves out warehouses that are closed and those that are empty', () => {
    const shelves = [level('A', 9, { active: false }), level('B', 0), level('C', 2)];
    assert.deepEqual(taken([demand(2, shelves)], by('priority')), [{ C: 2 }]);
    assert.equal(taken([demand(3, shelves)], by('priority')), null);
    assert.equal(takeable(shelves), 2);
  });

  it('keeps the order of the warehouses, and only the last one is not emptied', () => {
    fc.assert(
      fc.property(anyDemands, (demands) => {
        for (const [line, allocations] of (allocationsOf(demands, by('priority')) ?? []).entries()) {
          const usable = (demands[line]?.levels ?? []).filter(({ active, available }) => active && available > 0);
          const inOrder = usable.toSorted((a, b) => a.priority - b.priority || (a.warehouse < b.warehouse ? -1 : 1));
          const first = inOrder.slice(0, allocations.length);
          assert.deepEqual(
            allocations.map(({ warehouse }) => warehouse),
            first.map(({ warehouse }) => warehouse),
          );
          for (const [index, { quantity }] of allocations.slice(0, -1).entries()) {
            assert.equal(quantity, first[index]?.available);
          }
        }
      }),
    );
  });
});

describe('Allocation to the nearest', () => {
  const levels = [
    level('A', 5, { region: 'South' }),
    level('B', 2, { region: 'north' }),
    level('C', 2, { region: 'NORTH' }),
    level('D', 5),
  ];

  it('takes the units of the region first, ignoring case, and then the others, each in the order of use', () => {
    assert.deepEqual(taken([demand(3, levels)], by('nearest', 'North')), [{ B: 2, C: 1 }]);
    assert.deepEqual(taken([demand(12, levels)], by('nearest', 'North')), [{ B: 2, C: 2, A: 5, D: 3 }]);
  });

  it('is as by priority when nothing is in the region, or when nobody named one', () => {
    for (const region of ['East', null])
      assert.deepEqual(taken([demand(6, levels)], by('nearest', region)), [{ A: 5, B: 1 }]);
  });

  it('uses no warehouse of another region while one of the region has units left', () => {
    fc.assert(
      fc.property(anyDemands, (demands) => {
        for (const [line, allocations] of (allocationsOf(demands, by('nearest', 'North')) ?? []).entries()) {
          const near = (demands[line]?.levels ?? []).filter(({ region }) => region?.toLowerCase() === 'north');
          const fromNear = new Map(allocations.map(({ warehouseId, quantity }) => [warehouseId, quantity]));
          const isEmptied = near.every((one) => !one.active || (fromNear.get(one.warehouseId) ?? 0) === one.available);
          const nearIds = new Set(near.map(({ warehouseId }) => warehouseId));
          assert.ok(isEmptied || allocations.every(({ warehouseId }) => nearIds.has(warehouseId)));
        }
      }),
    );
  });
});

describe('Allocation from a single warehouse', () => {
  it('takes the whole order from the first warehouse that has every line in full', () => {
    const tea = demand(3, [level('A', 9), level('B', 3), level('C', 9)]);
    const cup = demand(2, [level('A', 1), level('B', 2), level('C', 9)]);
    assert.deepEqual(taken([tea, cup], by('single')), [{ B: 3 }, { B: 2 }]);
  });

  it('says which warehouse comes closest, and what that one lacks', () => {
    const tea = demand(5, [level('A', 9), level('B', 3), level('C', 5, { active: false })]);
    const cup = demand(4, [level('B', 3), level('C', 4, { active: false })]);
    assert.deepEqual(allocate([tea, cup], by('single')), {
      unmet: [
        { demand: tea, available: 3 },
        { demand: cup, available: 3 },
      ],
      closest: 'B',
    });
  });

  it('takes the first of those that come equally close, and none where none is active', () => {
    const tea = demand(5, [level('B', 3), level('A', 3)]);
    assert.deepEqual(allocate([tea], by('single')), { unmet: [{ demand: tea, available: 3 }], closest: 'A' });
    const shut = demand(5, [level('A', 9, { active: false })]);
    assert.deepEqual(allocate([shut], by('single')), { unmet: [{ demand: shut, available: 0 }], closest: null });
  });

  it('never splits, and finds a warehouse whenever there is one', () => {
    fc.assert(
      fc.property(anyDemands, (demands) => {
        const able = warehousesIn(demands).filter((id) =>
          demands.every(({ quantity, levels }) =>
            levels.some(({ warehouseId, active, available }) => warehouseId === id && active && available >= quantity),
          ),
        );
        const used = new Set(allocationsOf(demands, by('single'))?.flatMap((own) => own.map((one) => one.warehouseId)));
        assert.deepEqual([...used], able.slice(0, 1));
      }),
      { numRuns: 500 },
    );
  });
});

describe('Allocation with the fewest splits', () => {
  it('takes the whole order from one warehouse where by priority it would be two', () => {
    const tea = demand(4, [level('A', 3), level('B', 9)]);
    const cup = demand(1, [level('A', 9), level('B', 9)]);
    assert.deepEqual(taken([tea, cup], by('priority')), [{ A: 3, B: 1 }, { A: 1 }]);
    assert.deepEqual(taken([tea, cup], by('fewest-splits')), [{ B: 4 }, { B: 1 }]);
  });

  it('takes the first of equally small sets, and splits no line that one of them has', () => {
    const tea = demand(3, [level('A', 2), level('B', 3), level('C', 3)]);
    const cup = demand(3, [level('A', 3), level('B', 1), level('C', 1)]);
    assert.deepEqual(taken([tea, cup], by('fewest-splits')), [{ B: 3 }, { A: 3 }]);
  });

  it('splits a line only over as many as it needs', () => {
    const tea = demand(6, [level('A', 1), level('B', 3), level('C', 3), level('D', 3)]);
    assert.deepEqual(taken([tea], by('fewest-splits')), [{ B: 3, C: 3 }]);
    const cup = demand(1, [level('C', 1)]);
    assert.deepEqual(taken([tea, cup], by('fewest-splits')), [{ B: 3, C: 3 }, { C: 1 }]);
  });

  it('uses the smallest number of warehouses that there is, and of those sets the first', () => {
    fc.assert(
      fc.property(anyDemands, (demands) => {
        const allocations = allocationsOf(demands, by('fewest-splits'));
        const [first] = smallestSets(demands);
        if (first === undefined) return assert.equal(allocations, null);
        const used = new Set(allocations?.flatMap((own) => own.map(({ warehouseId }) => warehouseId)));
        assert.deepEqual(
          warehousesIn(demands).filter((id) => used.has(id)),
          first,
        );
      }),
      { numRuns: 1_000 },
    );
  });

  it('splits each line as little as the set allows, over the first that do', () => {
    fc.assert(
      fc.property(anyDemands, (demands) => {
        const allocations = allocationsOf(demands, by('fewest-splits'));
        const [set = []] = smallestSets(demands);
        for (const [line, own] of (allocations ?? []).entries()) {
          const { quantity = 0, levels = [] } = demands[line] ?? {};
          const within = levels.filter(({ warehouseId }) => set.includes(warehouseId));
          const [first = []] = smallestSets([{ quantity, levels: within }]);
          assert.deepEqual(
            own.map(({ warehouseId }) => warehouseId),
            first,
          );
        }
      }),
      { numRuns: 500 },
    );
  });

  it('that may not search gives a valid allocation all the same, without a warehouse to spare', () => {
    fc.assert(
      fc.property(anyDemands, fc.nat(40), (demands, limit) => {
        const allocations = allocationsOf(demands, by('fewest-splits'), limit);
        if (allocations === null) return assert.deepEqual(smallestSets(demands), []);
        assertValid(demands, allocations);
        const used = Array.from(new Set(allocations.flatMap((own) => own.map(({ warehouseId }) => warehouseId))));
        for (const smaller of subsetsOf(used)) {
          if (smaller.length !== used.length - 1) continue;
          const rest = demands.map(({ quantity, levels }) => {
            return { quantity, levels: levels.filter(({ warehouseId }) => smaller.includes(warehouseId)) };
          });
          assert.equal(allocationsOf(rest, by('priority')), null, 'each of them is needed');
        }
      }),
      { numRuns: 500 },
    );
  });

  it('of hundreds of warehouses and fifty products ends, with a valid allocation', () => {
    const demands = Array.from({ length: 50 }, (_, product) =>
      demand(
        60,
        Array.from({ length: 300 }, (_, n) => level(`W${String(n).padStart(3, '0')}`, (n * 7 + product * 13) % 11)),
      ),
    );
    assertValid(demands, allocationsOf(demands, by('fewest-splits')) ?? []);
  });

  it('is exact for one product in hundreds of warehouses', () => {
    const levels = Array.from({ length: 500 }, (_, n) => level(`W${String(n).padStart(3, '0')}`, (n % 10) + 1));
    // Fifty of them have ten units and fifty have nine: 500 units of the one, and 405 of 45 of the other.
    const [own = {}] = taken([demand(905, levels)], by('fewest-splits')) ?? [];
    assert.equal(Object.keys(own).length, 95);
  });
});
