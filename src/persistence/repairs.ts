import type { Knex } from 'knex';
import { systemActor } from '../domain/audit.ts';
import { parseMoney } from '../domain/money.ts';
import type { CancelReason } from '../domain/order.ts';
import type { OrderStatus } from '../domain/order-status.ts';
import type { ReservationEnding } from '../domain/reservation.ts';
import type { StockFigures } from '../domain/stock.ts';
import type { OrderState } from './books/orders.ts';
import type { PlacedUnits } from './books/placements.ts';
import type { LoggedReturn } from './books/returns.ts';
import type { Queryable, Transaction } from './database.ts';

/** Writes of repairs alone: everybody else moves stock, orders and reservations on, and does not set them. */

/** The write that sets what the audit log tells of an order. */
export function setOrder(trx: Transaction, id: string, state: OrderState): Knex.QueryBuilder {
  return trx('orders')
    .where({ id })
    .update({ ...orderRow(state), updated_at: stepTime(trx, state) });
}

/** The columns of what the audit log tells of an order. */
export function orderRow({ status, cancelReason, quantity, totalMinor, reference }: OrderState): object {
  return { status, cancel_reason: cancelReason, quantity, total_minor: totalMinor.toString(), reference };
}

/**
 * When a row that is set took its last step: now, unless it is in that state already. From that moment it is counted how late a
 * confirmation comes, and a repair of something else must not give it more time.
 */
export function stepTime(trx: Transaction, { status }: OrderState): Knex.Raw {
  return trx.raw('CASE WHEN status = ? THEN updated_at ELSE now() END', [status]);
}

/** The write that sets a line's quantity and price. */
export function setLine(
  trx: Transaction,
  orderId: string,
  line: number,
  fields: { readonly quantity: number } | { readonly unitPriceMinor: bigint },
): Knex.QueryBuilder {
  const row = 'quantity' in fields ? fields : { unit_price_minor: fields.unitPriceMinor.toString() };
  return trx('order_lines').where({ order_id: orderId, line }).update(row);
}

/**
 * The write that sets what the audit log tells of a reservation. One that is active is held by somebody, which rows do not tell that ended
 * before it was written down.
 */
export function setReservation(
  trx: Transaction,
  id: string,
  { quantity, endedAs }: { readonly quantity: number; readonly endedAs: ReservationEnding | null },
): Knex.QueryBuilder {
  const heldBy = trx.raw(
    `coalesce(held_by, (SELECT o.placed_by FROM orders o WHERE o.id = reservations.order_id),
       (SELECT coalesce(a.on_behalf_of, a.actor) FROM audit_log a WHERE a.object_type = 'Reservation' AND a.object_id = reservations.id::text
         ORDER BY a.id LIMIT 1), ?)`,
    [systemActor],
  );
  return trx('reservations')
    .where({ id })
    .update({ quantity, ended_as: endedAs, ...(endedAs === null && { held_by: heldBy }) });
}

/** The writes that bring a line's reservation back whose row is gone. */
export function restoreReservationRow(
  trx: Transaction,
  of: {
    readonly id: string;
    readonly orderId: string;
    readonly line: number;
    readonly productId: string;
    readonly quantity: number;
    readonly endedAs: ReservationEnding | null;
    readonly placed: readonly PlacedUnits[];
  },
): Knex.QueryBuilder[] {
  const { id, orderId, line, productId, quantity, endedAs, placed } = of;
  const expiresAt = trx('orders').where({ id: orderId }).select(trx.raw('coalesce(expires_at, now())'));
  const heldBy = trx('orders').where({ id: orderId }).select('placed_by');
  // As its entries tell: otherwise its hold would look shorter, or never extended, and could be extended beyond its bounds.
  const createdAt = trx('audit_log')
    .where({ object_type: 'Reservation', object_id: id, action: 'RESERVATION_CREATED' })
    .select(trx.raw('coalesce(min(at), now())'));
  const extended = trx('audit_log')
    .where({ object_type: 'Order', object_id: orderId, action: 'HOLD_EXTENDED' })
    .select(trx.raw(`coalesce(sum((new_value ->> 'seconds')::integer), 0)`));
  const row = { id, order_id: orderId, line, product_id: productId, quantity, ended_as: endedAs, held_by: heldBy };
  const hold = { created_at: createdAt, extended_seconds: extended, expires_at: expiresAt };
  return [trx('reservations').insert({ ...row, ...hold }), ...setAllocations(trx, id, placed)];
}

/** The writes that set how many units of a reservation come out of which warehouses, and of no others. */
export function setAllocations(
  trx: Transaction,
  reservationId: string,
  placed: readonly Omit<PlacedUnits, 'warehouse'>[],
): Knex.QueryBuilder[] {
  const rows = placed.map(({ warehouseId, quantity }) => {
    return { reservation_id: reservationId, warehouse_id: warehouseId, quantity };
  });
  const kept = placed.map(({ warehouseId }) => warehouseId);
  const allocations = () => trx('reservation_allocations');
  return [
    allocations().where({ reservation_id: reservationId }).whereNotIn('warehouse_id', kept).delete(),
    allocations().insert(rows).onConflict(['reservation_id', 'warehouse_id']).merge(['quantity']),
  ];
}

/** The write that sets the figures of a stock level, whether its row is there or not. Its movement belongs into the same statement. */
export function setStockLevel(
  trx: Transaction,
  productId: string,
  warehouseId: string,
  { total, available, reserved }: StockFigures,
): Knex.QueryBuilder {
  return trx('stock_levels')
    .insert({ product_id: productId, warehouse_id: warehouseId, total, available, reserved })
    .onConflict(['product_id', 'warehouse_id'])
    .merge(['total', 'available', 'reserved']);
}

/** The write that sets what an audit entry tells of a return, whether its row is there or not. */
export function setReturn(
  trx: Transaction,
  id: string,
  { orderId, line, quantity, reason, actor, requestId, at, warehouseId }: LoggedReturn & { warehouseId: string | null },
): Knex.QueryBuilder {
  const told = { order_id: orderId, line, quantity, restock: warehouseId !== null, warehouse_id: warehouseId, reason };
  return trx('returns')
    .insert({ id, ...told, returned_by: actor, request_id: requestId ?? id, created_at: at })
    .onConflict('id')
    .merge(Object.keys(told));
}

/** The write that forgets a refusal. */
export function deleteRefusal(trx: Transaction, id: string): Knex.QueryBuilder {
  return trx('refusals').where({ id }).delete();
}

/** What the audit log tells of an order, as its row has it. */
export async function readOrderState(trx: Transaction, id: string): Promise<OrderState> {
  const row = (await trx('orders')
    .where({ id })
    .first('status', 'cancel_reason', 'quantity', 'total_minor', 'reference')) as {
    status: OrderStatus;
    cancel_reason: CancelReason | null;
    quantity: number;
    total_minor: string;
    reference: string | null;
  };
  const { status, quantity, reference } = row;
  return { status, cancelReason: row.cancel_reason, quantity, totalMinor: BigInt(row.total_minor), reference };
}

/** The lines of an order as they were priced. */
export async function readLines(
  trx: Transaction,
  orderId: string,
): Promise<{ line: number; productId: string; quantity: number; missing: number; unitPriceMinor: bigint }[]> {
  const rows = (await trx('order_lines').where({ order_id: orderId }).orderBy('line')) as {
    line: number;
    product_id: string;
    quantity: number;
    missing: number;
    unit_price_minor: string;
  }[];
  return rows.map(({ line, product_id, quantity, missing, unit_price_minor }) => {
    return { line, productId: product_id, quantity, missing, unitPriceMinor: BigInt(unit_price_minor) };
  });
}

/** Every price that a product has had by its audit entries, in minor units. */
export async function readPrices(db: Queryable, productId: string): Promise<Set<bigint>> {
  const { rows } = await db.raw<{ rows: { price: string }[] }>(
    `SELECT DISTINCT new_value ->> 'price' AS price FROM audit_log
      WHERE object_type = 'Product' AND object_id = ? AND new_value ->> 'price' IS NOT NULL`,
    [productId],
  );
  return new Set(rows.map(({ price }) => parseMoney(price)));
}
