import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { allocate, takeable, type AllocatableLevel } from '../../src/domain/allocation.ts';

const level = (warehouse: string, available: number, active = true): AllocatableLevel => ({
  warehouseId: `id-of-${warehouse}`,
  warehouse,
  region: null,
  available,
  active,
});

const levels = fc
  .array(fc.record({ available: fc.nat(100), active: fc.boolean() }), { maxLength: 8 })
  .map((figures) => figures.map(({ available, active }, index) => level(`W${index}`, available, active)));

const quantity = fc.integer({ min: 1, max: 400 });

describe('Allocation', () => {
  it('empties the first warehouse before it touches the next', () => {
    assert.deepEqual(allocate([level('A', 3), level('B', 4), level('C', 5)], 6), [
      { warehouseId: 'id-of-A', warehouse: 'A', quantity: 3 },
      { warehouseId: 'id-of-B', warehouse: 'B', quantity: 3 },
    ]);
  });

  it('leaves out warehouses that are closed and those that are empty', () => {
    const shelves = [level('A', 9, false), level('B', 0), level('C', 2)];
    assert.deepEqual(allocate(shelves, 2), [{ warehouseId: 'id-of-C', warehouse: 'C', quantity: 2 }]);
    assert.equal(allocate(shelves, 3), null);
    assert.equal(takeable(shelves), 2);
  });

  it('finds nothing where there are no levels', () => {
    assert.equal(allocate([], 1), null);
    assert.equal(takeable([]), 0);
  });

  it('gives exactly the quantity, or null when the levels do not hold it', () => {
    fc.assert(
      fc.property(levels, quantity, (levels, quantity) => {
        const allocations = allocate(levels, quantity);
        if (takeable(levels) < quantity) return assert.equal(allocations, null);
        assert.ok(allocations);
        assert.equal(
          allocations.reduce((sum, allocation) => sum + allocation.quantity, 0),
          quantity,
        );
      }),
    );
  });

  it('never takes more than a level has, nor nothing, nor twice from the same', () => {
    fc.assert(
      fc.property(levels, quantity, (levels, quantity) => {
        const allocations = allocate(levels, quantity) ?? [];
        const byId = new Map(levels.map((level) => [level.warehouseId, level]));
        for (const { warehouseId, quantity } of allocations) {
          const source = byId.get(warehouseId);
          assert.ok(source?.active && quantity >= 1 && quantity <= source.available);
          byId.delete(warehouseId);
        }
      }),
    );
  });

  it('keeps the order of the levels, and only the last one is not emptied', () => {
    fc.assert(
      fc.property(levels, quantity, (levels, quantity) => {
        const allocations = allocate(levels, quantity);
        if (allocations === null) return;
        const usable = levels.filter(({ active, available }) => active && available > 0).slice(0, allocations.length);
        assert.deepEqual(
          allocations.map(({ warehouse }) => warehouse),
          usable.map(({ warehouse }) => warehouse),
        );
        for (const [index, { quantity }] of allocations.slice(0, -1).entries()) {
          assert.equal(quantity, usable[index]?.available);
        }
      }),
    );
  });
});
