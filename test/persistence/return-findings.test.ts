import assert from 'node:assert/strict';
import {
  overReturnedFindings,
  returnFindings,
  tooSoonFindings,
  type LoggedReturn,
  type ReturnDiscrepancy,
} from '../../src/persistence/books/returns.ts';

describe('A finding about the returns of an order', () => {
  const row = { orderId: 'o', line: 1, quantity: 2, warehouse: 'MAIN', reason: 'broken' };
  const log: LoggedReturn = { ...row, actor: 'anna', requestId: null, at: new Date() };
  const fields = { return: 'r', line: 1, qty: 2, restock: true, warehouse: 'MAIN', reason: 'broken' };
  const found = (discrepancy: Partial<ReturnDiscrepancy>) =>
    returnFindings([{ id: 'r', orderId: 'o', row, log, entries: 1, ...discrepancy }]);
  const finding = { kind: 'order-returns', objectType: 'Order', objectId: 'o' };

  it('says what row and entry have when they differ', () => {
    const stands = { orderId: 'p', line: 1, quantity: 1, warehouse: null, reason: 'broken' };
    assert.deepEqual(found({ row: stands }), [
      {
        ...finding,
        detail: 'Return r of order o differs from its audit entry.',
        expected: { order: 'o', ...fields },
        found: { order: 'p', ...fields, qty: 1, restock: false, warehouse: null },
      },
    ]);
  });

  it('says that the row is gone, and nothing else', () => {
    assert.deepEqual(found({ row: null, entries: 2 }), [
      {
        ...finding,
        detail: 'Return r of order o is in the audit log and has no row.',
        expected: { order: 'o', ...fields },
        found: { return: 'r' },
      },
    ]);
  });

  it('says that there is no entry, or how many there are', () => {
    assert.deepEqual(found({ log: null, entries: 0 }), [
      {
        ...finding,
        detail: 'Return r of order o has no audit entry.',
        expected: { return: 'r' },
        found: { order: 'o', ...fields },
      },
    ]);
    assert.deepEqual(found({ entries: 2 }), [
      {
        ...finding,
        detail: 'Return r of order o has 2 audit entries.',
        expected: { return: 'r', entries: 1 },
        found: { return: 'r', entries: 2 },
      },
    ]);
  });

  it('says how much of a line came back when that is too much', () => {
    assert.deepEqual(overReturnedFindings([{ orderId: 'o', line: 2, quantity: 3, returned: 4 }]), [
      {
        ...finding,
        detail: 'Line 2 of order o is for 3 units, and 4 came back.',
        expected: { line: 2, qty: 3 },
        found: { line: 2, returned: 4 },
      },
    ]);
  });

  it('says where an order stands that has returns too soon', () => {
    assert.deepEqual(tooSoonFindings([{ orderId: 'o', status: 'shipped' }]), [
      {
        ...finding,
        detail: 'Order o is shipped, and has returns.',
        expected: { status: 'delivered' },
        found: { status: 'shipped' },
      },
    ]);
  });
});
