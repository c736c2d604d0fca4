import type { Knex } from 'knex';
import type { AllocationRule, AllocationStrategy } from '../domain/allocation.ts';
import { formatMoney } from '../domain/money.ts';
import type { CancelReason, Order, ShortagePolicy } from '../domain/order.ts';
import type { OrderStatus } from '../domain/order-status.ts';
import type { Queryable, Transaction } from './database.ts';
import { inOneTrip, nothing } from './in-one-trip.ts';
import { presentReservation, selectReservations, type ReservationRow } from './reservations.ts';
import { secondsFromNow } from './seconds-from-now.ts';

/** An order to be written; its `expires_at` becomes the database's now() + hold. */
export interface NewOrder {
  readonly id: string;
  readonly reference: string | null;
  readonly quantity: number;
  readonly totalMinor: bigint;
  readonly rule: AllocationRule;
  readonly placedBy: string;
  /** Confirmed is one that takes the place of one that expired. */
  readonly status: 'pending' | 'confirmed';
  readonly onShortage: ShortagePolicy;
  readonly rescuedFrom: string | null;
  /** Null when it has no hold yet: it waits for its units. */
  readonly holdSeconds: number | null;
  readonly requestId: string;
  readonly lines: readonly {
    readonly line: number;
    readonly productId: string;
    /** Units that it is for. */
    readonly quantity: number;
    /** Units that were ordered beyond those and are not to be had. */
    readonly missing: number;
    readonly unitPriceMinor: bigint;
  }[];
}

/** A row of {@link selectOrders}. */
export interface OrderRow {
  id: string;
  status: OrderStatus;
  reference: string | null;
  quantity: number;
  total_minor: string;
  allocation: AllocationStrategy;
  region: string | null;
  cancel_reason: CancelReason | null;
  placed_by: string;
  on_shortage: ShortagePolicy;
  rescued_from: string | null;
  rescued_by: string | null;
  waiting: { position: number; until: string } | null;
  expires_at: Date | null;
  created_at: Date;
  updated_at: Date;
  lines: {
    line: number;
    id: string;
    sku: string;
    name: string;
    quantity: number;
    missing: number;
    returned: number;
    unit_price_minor: string;
    line_total_minor: string;
  }[];
  reservations: ReservationRow[];
}

/** The writes that create an order with its lines. */
export function insertOrder(trx: Transaction, order: NewOrder): Knex.QueryBuilder[] {
  const lines = order.lines.map(({ line, productId, quantity, missing, unitPriceMinor }) => ({
    order_id: order.id,
    line,
    product_id: productId,
    quantity,
    missing,
    unit_price_minor: unitPriceMinor.toString(),
    order_total_minor: order.totalMinor.toString(),
  }));
  const row = {
    id: order.id,
    status: order.status,
    reference: order.reference,
    quantity: order.quantity,
    total_minor: order.totalMinor.toString(),
    allocation: order.rule.strategy,
    region: order.rule.region,
    placed_by: order.placedBy,
    on_shortage: order.onShortage,
    rescued_from: order.rescuedFrom,
    expires_at: order.holdSeconds === null ? null : secondsFromNow(trx, order.holdSeconds),
    request_id: order.requestId,
  };
  return [trx('orders').insert(row), trx('order_lines').insert(lines)];
}

/** The write that moves an order to another status; the caller has judged the step under the order's lock. */
export function updateStatus(
  trx: Transaction,
  orderId: string,
  status: OrderStatus,
  cancelReason: CancelReason | null,
): Knex.QueryBuilder {
  return trx('orders').where({ id: orderId }).update({ status, cancel_reason: cancelReason, updated_at: trx.fn.now() });
}

/** The write that begins an order's hold: it waited for its units and has them now. */
export function beginHold(trx: Transaction, orderId: string, holdSeconds: number): Knex.QueryBuilder {
  return trx('orders')
    .where({ id: orderId })
    .update({ expires_at: secondsFromNow(trx, holdSeconds), updated_at: trx.fn.now() });
}

/** The write that extends an order's hold; that of its reservations belongs into the same statement. */
export function extendOrder(trx: Transaction, orderId: string, seconds: number): Knex.QueryBuilder {
  const expiresAt = trx.raw(`expires_at + ? * interval '1 second'`, [seconds]);
  return trx('orders').where({ id: orderId }).update({ expires_at: expiresAt, updated_at: trx.fn.now() });
}

/** Where an order stands, and why it was cancelled if it was. */
export interface LockedOrder {
  readonly status: OrderStatus;
  readonly cancelReason: CancelReason | null;
}

/** Locks an order against other changes and tells where it stands; undefined when there is none. */
export async function lockOrder(trx: Transaction, id: string): Promise<LockedOrder | undefined> {
  const [order] = await lockOrderAnd(trx, id, nothing);
  return order;
}

/** The same, and reads what else has to be known, without a round trip more. */
export async function lockOrderAnd<T>(
  trx: Transaction,
  id: string,
  read: () => Promise<T>,
): Promise<[LockedOrder | undefined, T]> {
  const locking: Knex.QueryBuilder<object, Pick<OrderRow, 'status' | 'cancel_reason'> | undefined> = trx('orders')
    .where({ id })
    .forNoKeyUpdate()
    .first('status', 'cancel_reason');
  const [row, found] = await inOneTrip(locking, read);
  return [row && { status: row.status, cancelReason: row.cancel_reason }, found];
}

/** Whether an order took its last step more than `seconds` ago, by the database's clock. */
export async function isLaterThan(db: Queryable, id: string, seconds: number): Promise<boolean> {
  const row: { later: boolean } | undefined = await db('orders')
    .where({ id })
    .first(db.raw(`updated_at < now() - ? * interval '1 second' AS later`, [seconds]));
  return row?.later ?? false;
}

/** Whether there is such an order. */
export async function hasOrder(db: Queryable, id: string): Promise<boolean> {
  return (await db('orders').where({ id }).first('id')) !== undefined;
}

/** An order as it stands, with lines and reservations, or undefined. */
export async function readOrder(db: Queryable, id: string): Promise<Order | undefined> {
  const row: OrderRow | undefined = await selectOrders(db).where('orders.id', id).first();
  return row && presentOrder(row);
}

/** An order that is known to be there, since this transaction has written or locked it. */
export async function rereadOrder(trx: Transaction, id: string): Promise<Order> {
  const order = await readOrder(trx, id);
  if (!order) throw new Error(`Order ${id} was written or locked and cannot be read`);
  return order;
}

/**
 * One query for any number of orders: lines and reservations come as JSON columns. Amounts as text, since JSON numbers round.
 * @param from rows of orders, by the name of their table
 */
export function selectOrders(db: Queryable, from: string | Knex.QueryBuilder = 'orders'): Knex.QueryBuilder {
  const reservations = selectReservations(db).whereRaw('reservations.order_id = orders.id').as('r');
  return db.from(from).select(
    'orders.*',
    db.raw(`(
      SELECT json_agg(json_build_object(
               'line', l.line, 'id', p.id, 'sku', p.sku, 'name', p.name, 'quantity', l.quantity, 'missing', l.missing,
               'returned', (SELECT coalesce(sum(b.quantity), 0) FROM returns b WHERE b.order_id = l.order_id AND b.line = l.line),
               'unit_price_minor', l.unit_price_minor::text,
               'line_total_minor', (l.unit_price_minor * l.quantity)::text) ORDER BY l.line)
        FROM order_lines l JOIN products p ON p.id = l.product_id
       WHERE l.order_id = orders.id) AS lines`),
    db.raw(`(SELECT id FROM orders r WHERE r.rescued_from = orders.id) AS rescued_by`),
    db.raw(`(
      SELECT json_build_object('until', w.until, 'position', (
               SELECT count(*) FROM waiting_list b WHERE b.product_id = w.product_id AND b.ended_as IS NULL AND b.place <= w.place))
        FROM waiting_list w WHERE w.order_id = orders.id AND w.ended_as IS NULL) AS waiting`),
    db.raw(`(SELECT coalesce(json_agg(r ORDER BY r.line), '[]') FROM ?) AS reservations`, [reservations]),
  );
}

/** A row as an order. */
export function presentOrder(row: OrderRow): Order {
  return {
    id: row.id,
    status: row.status,
    reference: row.reference,
    quantity: row.quantity,
    total: formatMoney(BigInt(row.total_minor)),
    allocation: row.allocation,
    region: row.region,
    lines: row.lines.map((line) => ({
      line: line.line,
      product: { id: line.id, sku: line.sku, name: line.name },
      quantity: line.quantity,
      orderedQuantity: line.quantity + line.missing,
      reservedQuantity: reservedFor(row.reservations, line.line),
      returned: line.returned,
      unitPrice: formatMoney(BigInt(line.unit_price_minor)),
      lineTotal: formatMoney(BigInt(line.line_total_minor)),
    })),
    reservations: row.reservations.map(presentReservation),
    cancelReason: row.cancel_reason,
    placedBy: row.placed_by,
    onShortage: row.on_shortage,
    waiting: row.waiting && { position: row.waiting.position, until: new Date(row.waiting.until).toISOString() },
    rescuedFrom: row.rescued_from,
    rescuedBy: row.rescued_by,
    expiresAt: row.expires_at?.toISOString() ?? null,
    createdAt: row.created_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
  };
}

function reservedFor(reservations: readonly (ReservationRow & { line?: number | null })[], line: number): number {
  return reservations.filter((row) => row.line === line).reduce((sum, { quantity }) => sum + quantity, 0);
}
