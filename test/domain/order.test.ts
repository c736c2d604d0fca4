import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { sumByProduct } from '../../src/domain/order.ts';

const items = fc.array(
  fc.record({ productId: fc.constantFrom('a', 'b', 'c', 'd'), quantity: fc.integer({ min: 1, max: 1_000_000 }) }),
  { maxLength: 50 },
);

describe('The items of an order', () => {
  it('are summed by product, in the order in which products first appear', () => {
    const summed = sumByProduct([
      { productId: 'b', quantity: 1 },
      { productId: 'a', quantity: 2 },
      { productId: 'b', quantity: 3 },
    ]);
    assert.deepEqual(summed, [
      { productId: 'b', quantity: 4 },
      { productId: 'a', quantity: 2 },
    ]);
  });

  it('hold each product once and together as many units as were asked for', () => {
    fc.assert(
      fc.property(items, (items) => {
        const summed = sumByProduct(items);
        assert.deepEqual(
          summed.map(({ productId }) => productId),
          Array.from(new Set(items.map(({ productId }) => productId))),
        );
        for (const { productId, quantity } of summed) {
          const asked = items.filter((item) => item.productId === productId);
          assert.equal(
            quantity,
            asked.reduce((sum, item) => sum + item.quantity, 0),
          );
        }
      }),
    );
  });

  it('stay as they are when no product is there twice', () => {
    const once = [
      { productId: 'x', quantity: 7 },
      { productId: 'y', quantity: 1 },
    ];
    assert.deepEqual(sumByProduct(once), once);
    assert.deepEqual(sumByProduct([]), []);
  });
});
