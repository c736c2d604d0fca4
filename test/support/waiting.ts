import assert from 'node:assert/strict';
import type { Knex } from 'knex';
import type { OrderHold } from '../../src/activities/order-hold.ts';
import { type ReserveOrderInput } from '../../src/activities/reserve-order.ts';
import type { Freed } from '../../src/domain/waiting.ts';
import type { Cause } from '../../src/domain/audit.ts';
import { defaultHoldRules } from '../../src/domain/holding-limits.ts';
import type { Order } from '../../src/domain/order.ts';
import { readOrder } from '../../src/persistence/orders.ts';
import { cause, item, orderToReserve } from './holds.ts';
import type { StockedProduct } from './orders.ts';
import { reserveOrder } from './as-worker.ts';

const { limits } = defaultHoldRules;

/** Runs `reserveOrder` of an order that would rather wait than be refused, and tells whose turn is behind it. */
export function reserveOrWait(
  db: Knex,
  input: Partial<ReserveOrderInput> & Pick<ReserveOrderInput, 'items'>,
  by: Cause = cause(),
): Promise<Freed<OrderHold>> {
  return reserveOrder(db, orderToReserve({ onShortage: 'wait', waitSeconds: 3600, ...input }), limits, by);
}

/** Places an order without any workflow that has to wait. */
export async function queued(
  db: Knex,
  product: StockedProduct,
  quantity = 1,
  input: Partial<ReserveOrderInput> = {},
): Promise<Order> {
  const { value } = await reserveOrWait(db, { items: [item(product, quantity)], ...input });
  assert.ok(value.order.waiting, 'it waits');
  return value.order;
}

/** What the workflow of a waiting order does when it is woken: it runs `reserveOrder` again. */
export async function look(db: Knex, orderId: string, by?: Cause): Promise<Freed<OrderHold>> {
  const order = await readOrder(db, orderId);
  const items = order?.lines.map(({ product, quantity }) => ({ productId: product.id, quantity })) ?? [];
  return reserveOrWait(db, { orderId, items }, by);
}

/** Turns the clock for an order that waits: its time was over so many seconds ago. */
export async function makeWaitOverdue(db: Knex, orderId: string, seconds: number): Promise<void> {
  await db('waiting_list')
    .where({ order_id: orderId })
    .update({ until: db.raw(`now() - ? * interval '1 second'`, [seconds]) });
}
