import assert from 'node:assert/strict';
import { fittingEndingRows, fittingEndings } from '../../src/domain/fitting-endings.ts';
import { orderStatuses, orderTransitions } from '../../src/domain/order-status.ts';

describe('The reservations of an order', () => {
  it('are active while it is pending, and only then', () => {
    assert.deepEqual(fittingEndings('pending', null), [null]);
    for (const status of orderStatuses.filter((status) => status !== 'pending')) {
      assert.ok(!fittingEndings(status, null).includes(null), status);
    }
  });

  it('are sold once it was confirmed, and stay so when it is restocked', () => {
    for (const status of ['confirmed', 'processing', 'shipped', 'delivered'] as const) {
      assert.deepEqual(fittingEndings(status, null), ['confirmed']);
    }
    assert.deepEqual(fittingEndings('cancelled', 'confirmed'), ['confirmed']);
  });

  it('were given back when it was cancelled out of its hold', () => {
    assert.deepEqual(fittingEndings('cancelled', 'pending'), ['released', 'expired']);
  });

  it('may have ended in any way when nobody knows what it was cancelled from', () => {
    assert.deepEqual(fittingEndings('cancelled', null), ['released', 'expired', 'confirmed']);
  });

  it('have a rule for every state that an order can be cancelled from', () => {
    const sources = orderStatuses.filter((status) => orderTransitions[status].includes('cancelled'));
    const rows = fittingEndingRows().filter(({ status, from }) => status === 'cancelled' && from !== 'unknown');
    assert.deepEqual([...new Set(rows.map(({ from }) => from))], sources);
  });
});
