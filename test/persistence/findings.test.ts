import assert from 'node:assert/strict';
import { allocationFindings } from '../../src/persistence/books/allocations.ts';
import { ledgerFindings } from '../../src/persistence/books/ledger.ts';
import { orderFindings, type OrderDiscrepancy, type OrderState } from '../../src/persistence/books/orders.ts';
import { lineFindings, promiseFindings, refusalFindings, sumFindings } from '../../src/persistence/books/promises.ts';
import {
  reservationFindings,
  standing,
  type ReservationDiscrepancy,
} from '../../src/persistence/books/reservations.ts';
import { rescueFindings, type RescueDiscrepancy } from '../../src/persistence/books/rescues.ts';
import { stockFindings, type StockDiscrepancy } from '../../src/persistence/books/stock.ts';
import { misplacedFindings, waitFindings, type WaitDiscrepancy } from '../../src/persistence/books/waiting.ts';
import type { Finding } from '../../src/domain/finding.ts';

/** A finding's kind, sentence and the fields it compares. */
const told = (findings: readonly Finding[]) =>
  findings.map(({ kind, detail, expected, found }) => [kind, detail, expected, found]);

/** What a finding is about. */
const about = (findings: readonly Finding[]) => findings.map(({ objectType, objectId }) => [objectType, objectId]);

describe('A finding about a stock level', () => {
  const good = { total: 10, available: 7, reserved: 3 };
  const level = (fields: Partial<StockDiscrepancy>): StockDiscrepancy => {
    return { id: 'p/MAIN', row: good, log: good, recorded: true, held: 3, ...fields };
  };

  it('says what row and entries have when they differ', () => {
    const log = { total: 12, available: 9, reserved: 3 };
    const findings = stockFindings([level({ log })]);
    const detail =
      'Stock level p/MAIN has total 10 (7 available, 3 reserved); its audit entries add up to total 12 (9 available, 3 reserved).';
    assert.deepEqual(told(findings), [['stock-log', detail, log, good]]);
    assert.deepEqual(about(findings), [['StockLevel', 'p/MAIN']]);
  });

  it('tells entries of units that are reserved apart from those that are not', () => {
    const log = { total: 10, available: 8, reserved: 2 };
    assert.deepEqual(
      stockFindings([level({ log })]).map(({ kind }) => kind),
      ['stock-log'],
    );
  });

  it('says that no entry tells how the level began', () => {
    const none = { total: 0, available: 0, reserved: 0 };
    const detail = 'Stock level p/MAIN has total 10 (7 available, 3 reserved), and no audit entry says how it began.';
    assert.deepEqual(told(stockFindings([level({ log: none, recorded: false })])), [
      ['stock-unrecorded', detail, {}, good],
    ]);
  });

  it('says that the row is gone, and nothing else', () => {
    assert.deepEqual(told(stockFindings([level({ row: null, held: 1 })])), [
      ['stock-missing', 'Stock level p/MAIN is in the audit log and has no row.', good, {}],
    ]);
  });

  it('says what is reserved and what reservations hold when they differ', () => {
    const detail = 'Stock level p/MAIN has 3 units reserved, and active reservations hold 5.';
    assert.deepEqual(told(stockFindings([level({ held: 5 })])), [
      ['stock-reserved', detail, { reserved: 5 }, { reserved: 3 }],
    ]);
    assert.deepEqual(stockFindings([level({ recorded: false })]), []);
  });
});

describe('A finding about the ledger', () => {
  const good = { total: 10, available: 7, reserved: 3 };
  const level = { id: 'p/MAIN', row: good, balance: good, astray: 0, firstAstray: null };

  it('says what a level has and what its movements come to', () => {
    const balance = { total: 12, available: 9, reserved: 3 };
    const findings = ledgerFindings([{ ...level, balance }]);
    const detail =
      'Stock level p/MAIN has total 10 (7 available, 3 reserved); its movements in the ledger come to total 12 (9 available, 3 reserved).';
    assert.deepEqual(told(findings), [['stock-ledger', detail, balance, good]]);
    assert.deepEqual(about(findings), [['StockLevel', 'p/MAIN']]);
    const other = { total: 10, available: 8, reserved: 2 };
    assert.deepEqual(
      ledgerFindings([{ ...level, balance: other }]).map(({ kind }) => kind),
      ['stock-ledger'],
    );
  });

  it('says that there is no row for what the ledger has', () => {
    const detail =
      'Stock level p/MAIN has no row; its movements in the ledger come to total 10 (7 available, 3 reserved).';
    assert.deepEqual(told(ledgerFindings([{ ...level, row: null }])), [['stock-ledger', detail, good, {}]]);
  });

  it('counts the movements that cannot follow the one before, and names the first', () => {
    const detail =
      'Stock level p/MAIN has 2 movements whose balance does not follow from the one before, the first is 17.';
    assert.deepEqual(told(ledgerFindings([{ ...level, astray: 2, firstAstray: '17' }])), [
      ['ledger-steps', detail, { astray: 0 }, { astray: 2, first: '17' }],
    ]);
    assert.deepEqual(ledgerFindings([level]), []);
  });

  it('says what was moved for a reservation, and what its allocations come to, in each warehouse that differs', () => {
    const [east, main] = ['EAST', 'MAIN'].map((warehouse) => ({ warehouseId: 'w', warehouse })) as [
      { warehouseId: string; warehouse: string },
      { warehouseId: string; warehouse: string },
    ];
    const [none, sold] = [
      { total: 0, reserved: 0 },
      { total: -2, reserved: 0 },
    ];
    const findings = allocationFindings([
      {
        id: 'r',
        places: [
          { ...east, due: none, moved: sold },
          { ...main, due: sold, moved: none },
        ],
      },
    ]);
    const detail =
      'Reservation r has moved other units in the ledger than it is allocated (EAST: total -2, reserved 0 instead of total 0, ' +
      'reserved 0; MAIN: total 0, reserved 0 instead of total -2, reserved 0).';
    assert.deepEqual(told(findings), [
      ['ledger-allocations', detail, { EAST: none, MAIN: sold }, { EAST: sold, MAIN: none }],
    ]);
    assert.deepEqual(about(findings), [['Reservation', 'r']]);
  });
});

describe('A finding about an order', () => {
  const state: OrderState = {
    status: 'confirmed',
    cancelReason: null,
    quantity: 3,
    totalMinor: 3750n,
    reference: null,
  };
  const fields = { status: 'confirmed', cancel_reason: null, quantity: 3, total: '37.50', reference: null };
  const order = (fields: Partial<OrderDiscrepancy>): OrderDiscrepancy => {
    return { id: 'o', row: state, log: state, recorded: true, astray: 0, ...fields };
  };

  it('names every field that differs from the entries, and no other', () => {
    const row: OrderState = { ...state, status: 'pending', reference: 'r-1' };
    const detail =
      'Order o differs from its audit entries: status is "pending" and not "confirmed", reference is "r-1" and not not set.';
    const findings = orderFindings([order({ row })]);
    assert.deepEqual(told(findings), [
      ['order-log', detail, fields, { ...fields, status: 'pending', reference: 'r-1' }],
    ]);
    assert.deepEqual(about(findings), [['Order', 'o']]);
  });

  it('says that the row is gone, with or without entries that tell how it began', () => {
    const detail = 'Order o is in the audit log and has no row.';
    assert.deepEqual(told(orderFindings([order({ row: null })])), [['order-missing', detail, fields, {}]]);
    assert.deepEqual(told(orderFindings([order({ row: null, log: null })])), [['order-missing', detail, {}, {}]]);
  });

  it('says that there are no entries', () => {
    assert.deepEqual(told(orderFindings([order({ log: null, recorded: false })])), [
      ['order-unrecorded', 'Order o has no audit entries.', {}, fields],
    ]);
  });

  it('counts the entries that cannot be', () => {
    const detail = 'Order o has 2 audit entries that cannot follow the ones before them.';
    assert.deepEqual(told(orderFindings([order({ astray: 2 })])), [
      ['order-steps', detail, { astray: 0 }, { astray: 2 }],
    ]);
    assert.deepEqual(
      orderFindings([order({ log: null })]).map(({ kind }) => kind),
      ['order-steps'],
    );
  });
});

describe('A finding about a reservation', () => {
  const state = { quantity: 2, endedAs: null };
  const fields = { qty: 2, ended_as: null };
  const reservation = (fields: Partial<ReservationDiscrepancy>): ReservationDiscrepancy => {
    return { id: 'r', row: state, log: state, astray: 0, orderId: null, allocated: 2, ...fields };
  };

  it('says how row and entries stand when they differ in the ending or in the quantity', () => {
    const findings = reservationFindings([reservation({ row: { quantity: 2, endedAs: 'expired' } })]);
    const detail = 'Reservation r is expired with 2 units, its audit entries say active with 2 units.';
    assert.deepEqual(told(findings), [['reservation-log', detail, fields, { qty: 2, ended_as: 'expired' }]]);
    assert.deepEqual(about(findings), [['Reservation', 'r']]);
    assert.deepEqual(
      reservationFindings([reservation({ row: { quantity: 9, endedAs: null } })]).map(({ kind }) => kind),
      ['reservation-log'],
    );
  });

  it('says that the row is gone, with or without entries', () => {
    const detail = 'Reservation r is in the audit log and has no row.';
    assert.deepEqual(told(reservationFindings([reservation({ row: null })])), [
      ['reservation-missing', detail, fields, {}],
    ]);
    assert.deepEqual(told(reservationFindings([reservation({ row: null, log: null })])), [
      ['reservation-missing', detail, {}, {}],
    ]);
  });

  it('says that there are no entries', () => {
    assert.deepEqual(told(reservationFindings([reservation({ log: null })])), [
      ['reservation-unrecorded', 'Reservation r has no audit entries.', {}, fields],
    ]);
  });

  it('counts the entries that cannot be, and does not compare with them', () => {
    const detail = 'Reservation r has 1 audit entries that cannot follow the ones before them.';
    const log = { quantity: 5, endedAs: 'released' } as const;
    assert.deepEqual(told(reservationFindings([reservation({ log, astray: 1 })])), [
      ['reservation-steps', detail, { astray: 0 }, { astray: 1 }],
    ]);
  });

  it('says how many units are allocated when it is for another number by its entries', () => {
    const detail = 'Reservation r is for 2 units, and 5 are allocated to warehouses.';
    assert.deepEqual(told(reservationFindings([reservation({ allocated: 5 })])), [
      ['reservation-allocations', detail, { allocated: 2 }, { allocated: 5 }],
    ]);
    assert.deepEqual(reservationFindings([reservation({})]), []);
  });

  it('goes by the entries, or by the row when they do not add up, or by nothing without a row', () => {
    const log = { quantity: 4, endedAs: 'confirmed' } as const;
    assert.equal(standing(reservation({ log })), log);
    assert.equal(standing(reservation({ log, astray: 1 })), state);
    assert.equal(standing(reservation({ log: null })), state);
    assert.equal(standing(reservation({ row: null })), undefined);
  });
});

describe('A finding about what hangs together', () => {
  it('says how the reservations of an order stand', () => {
    const broken = { orderId: 'o', status: 'cancelled', cancelReason: 'requested', cancelledFrom: 'pending' } as const;
    const findings = promiseFindings([{ ...broken, stand: ['active', 'confirmed'] }]);
    const expected = { status: 'cancelled', cancel_reason: 'requested' };
    const detail = 'Order o is cancelled, and has reservations that are active and confirmed.';
    assert.deepEqual(told(findings), [
      ['order-reservations', detail, expected, { reservations: ['active', 'confirmed'] }],
    ]);
    assert.deepEqual(about(findings), [['Order', 'o']]);
  });

  it('says what a line is for and what its reservations are for', () => {
    const line = { orderId: 'o', line: 2, productId: 'p', quantity: 3, reservations: 1, reserved: 4 };
    const findings = lineFindings([
      { ...line, sameProduct: true },
      { ...line, sameProduct: false },
    ]);
    const detail = 'Line 2 of order o is for 3 units and has 1 reservations of 4 units';
    const expected = { line: 2, product_id: 'p', reservations: 1, qty: 3 };
    const found = { line: 2, reservations: 1, qty: 4 };
    assert.deepEqual(told(findings), [
      ['line-reservation', `${detail}.`, expected, { ...found, same_product: true }],
      ['line-reservation', `${detail}, of another product.`, expected, { ...found, same_product: false }],
    ]);
    assert.deepEqual(new Set(about(findings).map(String)), new Set(['Order,o']));
  });

  it('says what an order is for and what its lines are for', () => {
    const sum = { orderId: 'o', quantity: 3, totalMinor: 3750n, linesQuantity: 4, linesMinor: 5000n };
    const findings = sumFindings([sum]);
    const detail = 'Order o is for 3 units at 37.50, its lines are for 4 at 50.00.';
    assert.deepEqual(told(findings), [
      ['order-lines', detail, { quantity: 3, total: '37.50' }, { quantity: 4, total: '50.00' }],
    ]);
    assert.deepEqual(about(findings), [['Order', 'o']]);
  });

  it('says what was placed and is remembered as refused', () => {
    const findings = refusalFindings([{ id: 'r', objectType: 'Reservation' }]);
    const detail = 'Reservation r was placed, and is remembered as refused.';
    assert.deepEqual(told(findings), [['refused-and-placed', detail, { refused: false }, { refused: true }]]);
    assert.deepEqual(about(findings), [['Reservation', 'r']]);
  });
});

describe('A finding about a waiting list', () => {
  const waits = { productId: 'p', quantity: 2, endedAs: null };
  const fields = { product: 'p', qty: 2, ended_as: null };
  const place = (fields: Partial<WaitDiscrepancy>): WaitDiscrepancy => {
    return { orderId: 'o', row: waits, log: waits, astray: 0, seconds: 60, ...fields };
  };

  it('says how row and entries stand when they differ', () => {
    const findings = waitFindings([place({ row: { ...waits, endedAs: 'served' } })]);
    const detail =
      'The place of order o in a waiting list is served with 2 units, its audit entries say waiting with 2 units.';
    assert.deepEqual(told(findings), [['waiting-log', detail, fields, { ...fields, ended_as: 'served' }]]);
    assert.deepEqual(about(findings), [['Order', 'o']]);
    const other = waitFindings([place({ row: { ...waits, productId: 'q' } })]);
    assert.match(other[0]?.detail ?? '', /say waiting with 2 units of product p\.$/);
  });

  it('says that the row is gone, that there are no entries, and counts those that cannot be', () => {
    const of = 'The place of order o in a waiting list';
    assert.deepEqual(told(waitFindings([place({ row: null }), place({ log: null }), place({ astray: 2 })])), [
      ['waiting-log', `${of} is in the audit log and has no row.`, fields, {}],
      ['waiting-log', `${of} has no audit entries.`, {}, fields],
      [
        'waiting-log',
        `${of} has 2 audit entries that cannot follow the ones before them.`,
        { astray: 0 },
        { astray: 2 },
      ],
    ]);
  });

  it('says what an order is and what its place says', () => {
    const order = { orderId: 'o', status: 'pending', cancelReason: null, reservations: 0, expiresAt: null } as const;
    const found = { status: 'pending', cancel_reason: null, reservations: 0, expires_at: null };
    const is = 'and is pending with 0 reservations and no hold.';
    const findings = misplacedFindings([
      { ...order, listed: false, endedAs: null },
      { ...order, listed: true, endedAs: 'served' },
      { ...order, listed: true, endedAs: 'cancelled' },
    ]);
    const without = { status: 'cancelled', cancel_reason: 'requested', reservations: 0, expires_at: null };
    assert.deepEqual(told(findings), [
      ['order-waiting', `Order o never waited, ${is}`, { ended_as: null, hold: true }, found],
      [
        'order-waiting',
        `Order o left its waiting list as served, ${is}`,
        { ended_as: 'served', hold: true, reservations: 1 },
        found,
      ],
      [
        'order-waiting',
        `Order o left its waiting list as cancelled, ${is}`,
        { ended_as: 'cancelled', ...without },
        found,
      ],
    ]);
    const expiresAt = new Date('2026-05-06T07:08:09.123Z');
    const [waiting] = misplacedFindings([
      {
        ...order,
        status: 'cancelled',
        cancelReason: 'expired',
        reservations: 1,
        expiresAt,
        listed: true,
        endedAs: null,
      },
    ]);
    assert.equal(waiting?.detail, 'Order o waits, and is cancelled (expired) with 1 reservations and a hold.');
    assert.equal(waiting?.found['expires_at'], expiresAt.toISOString());
    assert.deepEqual(waiting?.expected, { ended_as: null, ...without, status: 'pending', cancel_reason: null });
  });
});

describe('A finding about an order that takes the place of another', () => {
  const rescue: RescueDiscrepancy = {
    orderId: 'o',
    status: 'confirmed',
    row: 'e',
    told: 'e',
    toldByExpired: 'e',
    claims: 1,
    expired: 'e',
    expiredStatus: 'cancelled',
  };

  it('says whose place it takes by its row, by its entries and by those of the other', () => {
    const findings = rescueFindings([{ ...rescue, row: null, toldByExpired: null, claims: 0 }]);
    const detail =
      'Order o takes the place of no order by its row, of order e by its entries, and of no order by the entries of the expired one.';
    const found = { rescued_from: null, entries: 0, status: 'confirmed', expired_status: 'cancelled' };
    assert.deepEqual(told(findings), [['order-rescue', detail, { rescued_from: 'e', entries: 1 }, found]]);
    assert.deepEqual(about(findings), [['Order', 'o']]);
  });

  it('says what both are when all agree on that', () => {
    const [finding] = rescueFindings([{ ...rescue, expiredStatus: 'pending' }]);
    assert.match(finding?.detail ?? '', /by the entries of the expired one; that is pending, this one confirmed\.$/);
  });
});
