import assert from 'node:assert/strict';
import { v4, v7 } from 'uuid';
import type { Change } from '../../src/domain/audit.ts';
import { auditEntries, listAudit, listOrderAudit, type AuditFilters } from '../../src/persistence/audit-log.ts';
import { testDatabase } from '../support/database.ts';
import { stockedProduct } from '../support/orders.ts';
import { everyPage } from '../support/pages.ts';
import { refusedBy } from '../support/refused-writes.ts';
import { ordersInOneMillisecond } from '../support/rows.ts';

const database = testDatabase();

const created = (objectId: string): Change => ({
  action: 'ORDER_CREATED',
  objectType: 'Order',
  objectId,
  oldValue: null,
  newValue: { status: 'pending' },
});

const write = (changes: readonly Change[], cause: { actor?: string } = {}) =>
  database.db.transaction(async (trx) => {
    await auditEntries(trx, changes, { actor: 'anna', requestId: null, workflowId: null, ...cause });
  });

describe('The audit log', () => {
  database.prepare();

  before(() => write([created('kept')]));
  afterEach(async () => assert.equal((await database.db('audit_log').where({ object_id: 'kept' })).length, 1));

  const changes = {
    UPDATE: `UPDATE audit_log SET actor = 'eve'`,
    'UPDATE of no row': `UPDATE audit_log SET actor = 'eve' WHERE false`,
    DELETE: `DELETE FROM audit_log`,
    'DELETE of no row': `DELETE FROM audit_log WHERE false`,
    TRUNCATE: `TRUNCATE audit_log`,
    'TRUNCATE of everything': `TRUNCATE products, audit_log CASCADE`,
    'an INSERT that updates': `INSERT INTO audit_log (id, actor, action, object_type, object_id) OVERRIDING SYSTEM VALUE
       SELECT id, actor, action, object_type, object_id FROM audit_log ON CONFLICT (id) DO UPDATE SET actor = 'eve'`,
    'a MERGE': `MERGE INTO audit_log USING (SELECT 1) s ON true WHEN MATCHED THEN DELETE`,
  };
  for (const [title, sql] of Object.entries(changes)) {
    it(`refuses ${title}`, () =>
      assert.rejects(Promise.resolve(database.db.raw(sql)), { code: '23001', message: /audit_log is append-only/ }));
  }

  it('knows its actions and kinds of objects', async () => {
    const insert = (fields: object) =>
      database
        .db('audit_log')
        .insert({ actor: 'a', action: 'ORDER_CREATED', object_type: 'Order', object_id: '1', ...fields });
    await refusedBy('audit_log_action_known', insert({ action: 'ORDER_EATEN' }));
    await refusedBy('audit_log_object_type_known', insert({ object_type: 'Customer' }));
  });

  it('numbers entries itself and notes the transaction that wrote them', async () => {
    const { db } = database;
    await assert.rejects(
      Promise.resolve(
        db('audit_log').insert({ id: 1, actor: 'a', action: 'ORDER_CREATED', object_type: 'Order', object_id: '1' }),
      ),
      { code: '428C9' },
    );
    const ids = [v7(), v7()];
    const xid = await db.transaction(async (trx) => {
      await auditEntries(trx, ids.map(created), { actor: 'anna', requestId: null, workflowId: null });
      const { rows } = await trx.raw<{ rows: { xid: string }[] }>('SELECT pg_current_xact_id()::text AS xid');
      return rows[0]?.xid;
    });
    const written = await db('audit_log').whereIn('object_id', ids).select(db.raw('tx::text AS tx'));
    assert.deepEqual(written, [{ tx: xid }, { tx: xid }]);
  });

  it('loses an entry when the transaction that wrote it is undone', async () => {
    const id = v7();
    const undone = database.db.transaction(async (trx) => {
      await auditEntries(trx, [created(id)], { actor: 'anna', requestId: null, workflowId: null });
      throw new Error('undo');
    });
    await assert.rejects(undone, { message: 'undo' });
    assert.deepEqual(await database.db('audit_log').where({ object_id: id }), []);
  });
});

describe('Reading the audit log', () => {
  database.prepare();

  it('gives back who did what to which object, when, and under which request and workflow', async () => {
    const [id, requestId] = [v7(), v4()];
    const change: Change = { ...created(id), oldValue: { was: 1 }, newValue: { is: [2, 'x'] } };
    await database.db.transaction(async (trx) => {
      await auditEntries(trx, [change], { actor: 'anna', onBehalfOf: 'ben', requestId, workflowId: `order-${id}` });
    });
    const { items } = await listAudit(database.db, { objectId: id }, { limit: 9, after: null });
    assert.ok(items[0]);
    const { id: number, timestamp, ...entry } = items[0];
    assert.deepEqual(entry, { ...change, actor: 'anna', onBehalfOf: 'ben', requestId, workflowId: `order-${id}` });
    assert.match(number, /^\d+$/);
    assert.match(timestamp, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  });

  for (const limit of [1, 20, 100]) {
    it(`gives each of 200 entries of one transaction once, newest first, ${limit} a page`, async () => {
      const actor = `actor of ${limit}`;
      const ids = Array.from({ length: 200 }, () => v7());
      await write(ids.map(created), { actor });
      const entries = await everyPage((page) => listAudit(database.db, { actor }, page), limit);
      assert.deepEqual(entries.map(({ objectId }) => objectId).toReversed(), ids);
    });
  }

  it('gives only what the filters ask for', async () => {
    const id = v7();
    await write([created(id)], { actor: 'filtered' });
    const count = async (filters: AuditFilters) =>
      (await listAudit(database.db, { actor: 'filtered', ...filters }, { limit: 9, after: null })).items.length;
    const { timestamp = '' } =
      (await listAudit(database.db, { objectId: id }, { limit: 1, after: null })).items[0] ?? {};
    const [at, next] = [new Date(timestamp), new Date(Date.parse(timestamp) + 1)];
    const matching: AuditFilters[] = [
      { objectId: id },
      { objectType: 'Order' },
      { action: 'ORDER_CREATED' },
      { start: at, end: next },
    ];
    for (const filters of matching) assert.equal(await count(filters), 1, Object.keys(filters).join());
    const missing: AuditFilters[] = [
      { objectId: 'x' },
      { objectType: 'Product' },
      { action: 'STOCK_ADJUSTED' },
      { start: next },
      { end: at },
    ];
    for (const filters of missing) assert.equal(await count(filters), 0, Object.keys(filters).join());
  });

  it('tells the story of one order with its reservations, oldest first, and of nothing else', async () => {
    const { db } = database;
    const [orderId = '', otherId = ''] = await ordersInOneMillisecond(db, await stockedProduct(db), 2);
    const reservationOf = async (order_id: string) =>
      (await db('reservations').where({ order_id }).pluck('id'))[0] as string;
    const reserved = (objectId: string): Change => ({
      ...created(objectId),
      action: 'RESERVATION_CREATED',
      objectType: 'Reservation',
    });
    const [mine, others] = [await reservationOf(orderId), await reservationOf(otherId)];
    const sameIdElsewhere: Change = { ...created(orderId), action: 'PRODUCT_CREATED', objectType: 'Product' };
    await write([created(orderId), reserved(mine), created(otherId), reserved(others), sameIdElsewhere]);
    await write([{ ...created(orderId), action: 'ORDER_STATUS_CHANGED' }]);
    for (const limit of [1, 2, 100]) {
      const story = await everyPage((page) => listOrderAudit(db, orderId, page), limit);
      assert.deepEqual(
        story.map(({ action, objectId }) => [action, objectId]),
        [
          ['ORDER_CREATED', orderId],
          ['RESERVATION_CREATED', mine],
          ['ORDER_STATUS_CHANGED', orderId],
        ],
      );
    }
  });
});
