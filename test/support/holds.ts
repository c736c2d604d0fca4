import type { Knex } from 'knex';
import { v4, v7 } from 'uuid';
import { type ReserveOrderInput } from '../../src/activities/reserve-order.ts';
import { type ReserveStockInput } from '../../src/activities/reserve-stock.ts';
import type { AuditEntry, Cause } from '../../src/domain/audit.ts';
import type { Order } from '../../src/domain/order.ts';
import type { OrderStatus } from '../../src/domain/order-status.ts';
import type { Reservation } from '../../src/domain/reservation.ts';
import { listAudit } from '../../src/persistence/audit-log.ts';
import type { Holder } from '../../src/persistence/reservations.ts';
import type { StockedProduct } from './orders.ts';
import { advanceOrder, endOrderHold, reserveOrder, reserveStock } from './acting.ts';

/** On whose behalf a test acts; what is left out gets a default. */
export function cause(by: Partial<Cause> = {}): Cause {
  return { actor: 'anna', requestId: v4(), workflowId: null, ...by };
}

/** One item of an order. */
export function item({ id }: StockedProduct, quantity = 1): { readonly productId: string; readonly quantity: number } {
  return { productId: id, quantity };
}

/** The input of `reserveOrder`; what is left out gets a default. */
export function orderToReserve(
  order: Partial<ReserveOrderInput> & Pick<ReserveOrderInput, 'items'>,
): ReserveOrderInput {
  return { orderId: v7(), holdSeconds: 600, reference: null, ...order };
}

/** The input of `reserveStock`, in the same way. */
export function stockToReserve(
  of: Partial<ReserveStockInput> & Pick<ReserveStockInput, 'productId'>,
): ReserveStockInput {
  return { reservationId: v7(), quantity: 1, holdSeconds: 600, ...of };
}

/** Places a pending order without any workflow. */
export async function heldOrder(db: Knex, ...items: ReserveOrderInput['items']): Promise<Order> {
  return (await reserveOrder(db, orderToReserve({ items }), cause())).order;
}

/** Places a standalone reservation without any workflow. */
export async function heldReservation(
  db: Knex,
  { productId, quantity }: ReturnType<typeof item>,
): Promise<Reservation> {
  return (await reserveStock(db, stockToReserve({ productId, quantity }), cause())).reservation;
}

const wayTo: Readonly<Record<OrderStatus, readonly OrderStatus[]>> = {
  pending: [],
  confirmed: ['confirmed'],
  processing: ['confirmed', 'processing'],
  shipped: ['confirmed', 'processing', 'shipped'],
  delivered: ['confirmed', 'processing', 'shipped', 'delivered'],
  cancelled: ['confirmed', 'cancelled'],
};

/** Places an order and takes it to a status without any workflow; a cancelled one was confirmed before. */
export async function orderIn(db: Knex, status: OrderStatus, ...items: ReserveOrderInput['items']): Promise<Order> {
  let order = await heldOrder(db, ...items);
  for (const newStatus of wayTo[status]) {
    const { id: orderId } = order;
    order =
      newStatus === 'confirmed' || newStatus === 'pending'
        ? await endOrderHold(db, { orderId }, 'confirmed', cause())
        : await advanceOrder(db, { orderId, newStatus }, cause());
  }
  return order;
}

/** Turns the clock for a hold: it ended so many seconds ago. */
export async function makeOverdue(db: Knex, holder: Holder, seconds: number): Promise<void> {
  const ended = { expires_at: db.raw(`now() - ? * interval '1 second'`, [seconds]) };
  if ('orderId' in holder) {
    await db('orders').where({ id: holder.orderId }).update(ended);
    await db('reservations').where({ order_id: holder.orderId }).update(ended);
  } else {
    await db('reservations').where({ id: holder.reservationId }).update(ended);
  }
}

/** An audit entry without what the database adds to it, and without on whose behalf it was where that is nobody's. */
export type Recorded = Omit<AuditEntry, 'id' | 'timestamp' | 'onBehalfOf'> & { readonly onBehalfOf?: string };

/** Runs work that nothing else runs beside, and gives its result and the audit entries it wrote, oldest first. */
export async function recording<T>(
  db: Knex,
  work: () => Promise<T>,
): Promise<{ result: T; entries: readonly Recorded[] }> {
  const newest = async (limit: number) => (await listAudit(db, {}, { limit, after: null })).items;
  const before = BigInt((await newest(1))[0]?.id ?? 0);
  const result = await work();
  const written = (await newest(1000)).filter(({ id }) => BigInt(id) > before).toReversed();
  return { result, entries: written.map(recorded) };
}

function recorded(entry: AuditEntry): Recorded {
  const { actor, onBehalfOf, action, objectType, objectId, oldValue, newValue, requestId, workflowId } = entry;
  const says = { action, objectType, objectId, oldValue, newValue, requestId, workflowId };
  return { actor, ...(onBehalfOf !== null && { onBehalfOf }), ...says };
}
