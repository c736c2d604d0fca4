import assert from 'node:assert/strict';
import type { Knex } from 'knex';
import type { Exchange } from './caller.ts';

/** Demands that nobody waits any more when everything is over, and that those who were served were served in the order they came. */
export async function assertServedInOrder(db: Knex): Promise<void> {
  const waiting = await db('waiting_list').whereNull('ended_as').pluck('order_id');
  assert.deepEqual(waiting, [], 'whoever waited was served or has given up');
  // Places and entries are numbered under the lock of the product: of one product both are in the order of commits.
  const served = () =>
    db('waiting_list as w')
      .join('audit_log as a', 'a.object_id', db.raw('w.order_id::text'))
      .where({ 'a.action': 'WAITING_ENDED', 'a.object_type': 'Order', 'w.ended_as': 'served' })
      .orderBy('w.product_id');
  const [asServed, asTheyCame] = [
    await served().orderBy('a.id').pluck('w.order_id'),
    await served().orderBy('w.place').pluck('w.order_id'),
  ];
  assert.deepEqual(asServed, asTheyCame, 'those who waited for a product were served in the order they came');
}

/**
 * Demands that what was said of confirmations that came too late is so: an order that takes the place of an expired one is there, and
 * whoever was told that it is too late for that has none.
 */
export async function assertRescuedAsTold(db: Knex, exchanges: readonly Exchange[]): Promise<void> {
  const told = exchanges.flatMap(({ request: { path, body }, answer }) => {
    const [, id] = /^\/api\/orders\/([^/]+)\/transition\/$/.exec(path) ?? [];
    const isConfirmation = body !== undefined && 'new_status' in body && body.new_status === 'confirmed';
    return id !== undefined && isConfirmation ? [{ id, answer }] : [];
  });
  const expected = new Map<string, string | null>();
  for (const { id, answer } of told) {
    const rescue = answer.status === 200 && answer.data?.id !== id ? answer.data?.id : undefined;
    if (rescue === undefined && answer.code !== 'reservation-expired') continue;
    const said = rescue ?? null;
    assert.ok(
      !expected.has(id) || expected.get(id) === said,
      `the same was said of order ${id} whenever it was confirmed too late`,
    );
    expected.set(id, said);
  }
  const rows: { id: string; rescuedFrom: string }[] = await db('orders')
    .whereIn('rescued_from', Array.from(expected.keys()))
    .select('id', 'rescued_from as rescuedFrom');
  const found = new Map(rows.map(({ id, rescuedFrom }) => [rescuedFrom, id]));
  for (const [id, rescue] of expected) {
    assert.equal(found.get(id) ?? null, rescue, `order ${id} was placed again if it was said so, and not otherwise`);
  }
}
