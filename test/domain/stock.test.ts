import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { allocate, defaultRule, type Allocation } from '../../src/domain/allocation.ts';
import { DomainError } from '../../src/domain/errors.ts';
import { limits } from '../../src/domain/limits.ts';
import {
  applyDelta,
  correctionOfReservation,
  effectOfReservation,
  stockMoves,
  type StockDelta,
  type StockFigures,
} from '../../src/domain/stock.ts';

const figures = fc
  .record({ available: fc.nat(limits.stock), reserved: fc.nat(limits.stock) })
  .filter(({ available, reserved }) => available + reserved <= limits.stock)
  .map(({ available, reserved }) => ({ total: available + reserved, available, reserved }));

const isSound = ({ total, available, reserved }: StockFigures): boolean =>
  available + reserved === total && available >= 0 && reserved >= 0 && total <= limits.stock;

/** The figures after a move, or undefined when the move is refused. */
function tryMove(before: StockFigures, delta: StockDelta): StockFigures | undefined {
  try {
    return applyDelta(before, delta, 'EAST');
  } catch (error) {
    assert.ok(error instanceof DomainError && error.code === 'stock-conflict', String(error));
    return undefined;
  }
}

describe('What a reservation has done to a stock level', () => {
  it('is what its movements add up to', () => {
    const add = (...moves: StockDelta[]) =>
      moves.reduce((a, b) => ({
        total: a.total + b.total,
        available: a.available + b.available,
        reserved: a.reserved + b.reserved,
      }));
    const { reserve, fulfil } = stockMoves;
    assert.deepEqual(effectOfReservation(null, 3), reserve(3));
    assert.deepEqual(effectOfReservation('confirmed', 3), add(reserve(3), fulfil(3)));
    for (const endedAs of ['released', 'expired'] as const) {
      assert.deepEqual(effectOfReservation(endedAs, 3), { total: 0, available: 0, reserved: 0 });
    }
  });

  it('is corrected by what lies between two states, which for an active one is the step that it missed', () => {
    assert.deepEqual(correctionOfReservation(null, 'confirmed', 3), stockMoves.fulfil(3));
    assert.deepEqual(correctionOfReservation(null, 'released', 3), stockMoves.giveBack(3));
    assert.deepEqual(correctionOfReservation('expired', null, 3), stockMoves.reserve(3));
    assert.deepEqual(correctionOfReservation('confirmed', 'released', 3), stockMoves.restock(3));
  });
});

describe('A stock movement', () => {
  const before = { total: 10, available: 7, reserved: 3 };
  const examples = [
    ['reserve moves units from available to reserved', stockMoves.reserve(2), { total: 10, available: 5, reserved: 5 }],
    [
      'give back moves units from reserved to available',
      stockMoves.giveBack(2),
      { total: 10, available: 9, reserved: 1 },
    ],
    ['fulfil takes reserved units out of the shop', stockMoves.fulfil(3), { total: 7, available: 7, reserved: 0 }],
    ['restock brings units back as available', stockMoves.restock(4), { total: 14, available: 11, reserved: 3 }],
    ['adjust counts units in', stockMoves.adjust(5), { total: 15, available: 12, reserved: 3 }],
    ['adjust counts units out', stockMoves.adjust(-7), { total: 3, available: 0, reserved: 3 }],
  ] as const;
  for (const [title, delta, after] of examples)
    it(title, () => assert.deepEqual(applyDelta(before, delta, 'EAST'), after));

  it('is refused when it would take what is reserved or what is not there, and says how much there is', () => {
    const conflict = { total: 10, reserved: 3, delta: -8, warehouse: 'EAST' };
    assert.throws(() => applyDelta(before, stockMoves.adjust(-8), 'EAST'), {
      code: 'stock-conflict',
      details: conflict,
    });
    assert.throws(
      () => applyDelta(before, stockMoves.reserve(8), 'EAST'),
      /EAST has 7 units available of 10 \(3 reserved\): it cannot change by -8\.$/,
    );
    assert.throws(() => applyDelta(before, stockMoves.fulfil(4), 'EAST'), { code: 'stock-conflict' });
    assert.throws(() => applyDelta(before, stockMoves.giveBack(4), 'EAST'), { code: 'stock-conflict' });
  });

  it('is refused whichever of the three figures alone would fall below zero', () => {
    for (const figure of ['total', 'available', 'reserved'] as const) {
      const delta = { total: 0, available: 0, reserved: 0, [figure]: -before[figure] };
      assert.equal(applyDelta(before, delta, 'EAST')[figure], 0);
      const more = { ...delta, [figure]: delta[figure] - 1 };
      assert.throws(() => applyDelta(before, more, 'EAST'), { code: 'stock-conflict' }, figure);
    }
  });

  it('is refused for what is missing, not for the total, when the stock is as large as it may be', () => {
    const full = { total: limits.stock, available: 1, reserved: limits.stock - 1 };
    assert.throws(
      () => applyDelta(full, stockMoves.reserve(2), 'EAST'),
      /EAST has 1 unit available of 2147483647 \(2147483646 reserved\): it cannot change by -2\.$/,
    );
  });

  it('is refused when the total would exceed the largest stock, which itself is allowed', () => {
    const full = { total: limits.stock, available: limits.stock, reserved: 0 };
    assert.deepEqual(
      applyDelta({ total: limits.stock - 1, available: limits.stock - 1, reserved: 0 }, stockMoves.restock(1), 'EAST'),
      full,
    );
    assert.throws(
      () => applyDelta(full, stockMoves.restock(1), 'EAST'),
      /: it cannot change by 1, since the total would exceed 2147483647\.$/,
    );
    assert.throws(() => applyDelta(full, stockMoves.adjust(1), 'EAST'), { code: 'stock-conflict' });
  });

  it('leaves sound figures or is refused, whatever the figures and the quantity', () => {
    const move = fc.constantFrom(...Object.values(stockMoves));
    fc.assert(
      fc.property(figures, move, fc.integer({ min: 1, max: limits.stock }), (before, move, quantity) => {
        const after = tryMove(before, move(quantity));
        assert.ok(after === undefined || isSound(after));
      }),
    );
  });

  it('is undone by its opposite', () => {
    fc.assert(
      fc.property(figures, fc.integer({ min: 1, max: limits.stock }), (before, quantity) => {
        const reserved = tryMove(before, stockMoves.reserve(quantity));
        if (reserved) assert.deepEqual(applyDelta(reserved, stockMoves.giveBack(quantity), 'EAST'), before);
      }),
    );
  });
});

/** A shop of several warehouses and everything that can happen to its stock of one product. */
class Shop {
  readonly levels: StockFigures[];
  readonly held: (readonly Allocation[])[] = [];
  readonly sold: (readonly Allocation[])[] = [];
  counted: number;

  constructor(stock: readonly number[]) {
    this.levels = stock.map((units) => ({ total: units, available: units, reserved: 0 }));
    this.counted = stock.reduce((sum, units) => sum + units, 0);
  }

  reserve(quantity: number): void {
    const levels = this.levels.map(({ available }, index) => ({
      warehouseId: String(index),
      warehouse: `W${index}`,
      priority: index,
      region: null,
      available,
      active: true,
    }));
    const outcome = allocate([{ quantity, levels }], defaultRule);
    if (!('met' in outcome)) return;
    const allocations = outcome.met.flatMap(({ allocations }) => allocations);
    this.#moveAll(allocations, stockMoves.reserve);
    this.held.push(allocations);
  }

  endHold(index: number, move: 'giveBack' | 'fulfil'): void {
    const [allocations] = this.held.splice(index % Math.max(1, this.held.length), 1);
    if (!allocations) return;
    this.#moveAll(allocations, stockMoves[move]);
    if (move === 'fulfil') this.sold.push(allocations);
  }

  restock(index: number): void {
    const [allocations] = this.sold.splice(index % Math.max(1, this.sold.length), 1);
    if (allocations) this.#moveAll(allocations, stockMoves.restock);
  }

  adjust(index: number, delta: number): void {
    const at = index % this.levels.length;
    const after = tryMove(this.levels[at] as StockFigures, stockMoves.adjust(delta));
    if (!after) return;
    this.levels[at] = after;
    this.counted += delta;
  }

  #moveAll(allocations: readonly Allocation[], move: (quantity: number) => StockDelta): void {
    for (const { warehouseId, quantity } of allocations) {
      const at = Number(warehouseId);
      this.levels[at] = applyDelta(this.levels[at] as StockFigures, move(quantity), `W${at}`);
    }
  }
}

const units = (reservations: readonly (readonly Allocation[])[]): number =>
  reservations.flat().reduce((sum, { quantity }) => sum + quantity, 0);

describe('Stock, whatever happens to it', () => {
  const index = fc.nat(20);
  const operation = fc.oneof(
    fc.record({ do: fc.constant('reserve' as const), quantity: fc.integer({ min: 1, max: 30 }) }),
    fc.record({ do: fc.constantFrom('giveBack' as const, 'fulfil' as const, 'restock' as const), index }),
    fc.record({ do: fc.constant('adjust' as const), index, delta: fc.integer({ min: -30, max: 30 }) }),
  );
  const stock = fc.array(fc.nat(40), { minLength: 1, maxLength: 4 });

  it('keeps available + reserved = total, nothing below zero, and every unit accounted for', () => {
    fc.assert(
      fc.property(stock, fc.array(operation, { maxLength: 60 }), (stock, operations) => {
        const shop = new Shop(stock);
        for (const operation of operations) {
          if (operation.do === 'reserve') shop.reserve(operation.quantity);
          else if (operation.do === 'adjust') shop.adjust(operation.index, operation.delta);
          else if (operation.do === 'restock') shop.restock(operation.index);
          else shop.endHold(operation.index, operation.do);

          for (const level of shop.levels) assert.ok(isSound(level), JSON.stringify(level));
          assert.equal(
            shop.levels.reduce((sum, { reserved }) => sum + reserved, 0),
            units(shop.held),
          );
          assert.equal(
            shop.levels.reduce((sum, { total }) => sum + total, 0),
            shop.counted - units(shop.sold),
          );
        }
      }),
    );
  });
});
