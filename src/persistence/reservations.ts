import type { Knex } from 'knex';
import type { Allocation } from '../domain/allocation.ts';
import type { Reservation, ReservationEnding } from '../domain/reservation.ts';
import type { Queryable, Transaction } from './database.ts';
import { readPage, type Keyset, type Page, type PageRequest } from './keyset.ts';
import { secondsFromNow } from './seconds-from-now.ts';

/** A reservation to be written; its `expires_at` becomes the database's now() + hold. */
export interface NewReservation {
  readonly id: string;
  readonly orderId: string | null;
  readonly line: number | null;
  readonly productId: string;
  readonly quantity: number;
  readonly holdSeconds: number;
  /** The actor whose units these are. */
  readonly heldBy: string;
  readonly allocations: readonly Allocation[];
}

/** The units an order or a standalone reservation holds. */
export type Holder = { readonly orderId: string } | { readonly reservationId: string };

/** A reservation with the warehouses its units came out of, for giving them back. */
export interface AllocatedReservation {
  readonly id: string;
  readonly orderId: string | null;
  readonly productId: string;
  readonly quantity: number;
  readonly endedAs: ReservationEnding | null;
  readonly allocations: readonly Allocation[];
}

export interface ReservationFilters {
  readonly isActive?: boolean;
  readonly productId?: string;
  readonly orderId?: string;
}

interface AllocatedRow {
  id: string;
  order_id: string | null;
  product_id: string;
  quantity: number;
  ended_as: ReservationEnding | null;
  allocations: Allocation[];
}

export interface ReservationRow extends AllocatedRow {
  expires_at: Date | string;
  is_active: boolean;
  confirmed: boolean;
  extended_seconds: number;
  created_at: Date | string;
}

interface OverdueRow {
  id: string;
  order_id: string | null;
  expires_at: Date;
}

/**
 * The writes that create reservations with their allocations.
 * @param endedAs null for those that are held
 */
export function insertReservations(
  trx: Transaction,
  reservations: readonly NewReservation[],
  endedAs: ReservationEnding | null,
): Knex.QueryBuilder[] {
  const rows = reservations.map(({ id, orderId, line, productId, quantity, holdSeconds, heldBy }) => ({
    id,
    order_id: orderId,
    line,
    product_id: productId,
    quantity,
    expires_at: secondsFromNow(trx, holdSeconds),
    held_by: heldBy,
    ended_as: endedAs,
  }));
  const allocations = reservations.flatMap(({ id, allocations }) =>
    allocations.map(({ warehouseId, quantity }) => ({ reservation_id: id, warehouse_id: warehouseId, quantity })),
  );
  return [trx('reservations').insert(rows), trx('reservation_allocations').insert(allocations)];
}

/** The write that ends reservations; those that have ended stay as they are. */
export function endReservations(
  trx: Transaction,
  ids: readonly string[],
  endedAs: ReservationEnding,
): Knex.QueryBuilder {
  return trx('reservations').whereIn('id', ids).whereNull('ended_as').update({ ended_as: endedAs });
}

/**
 * The write that extends the hold of a holder's active reservations.
 * @param seconds may not be negative
 */
export function extendReservations(trx: Transaction, holder: Holder, seconds: number): Knex.QueryBuilder {
  return ofHolder(trx('reservations'), holder)
    .whereNull('ended_as')
    .update({
      expires_at: trx.raw(`expires_at + ? * interval '1 second'`, [seconds]),
      extended_seconds: trx.raw('extended_seconds + ?', [seconds]),
    });
}

/** The subquery of the products whose stock a holder's units belong to, for locking them. */
export function productsHeldBy(db: Queryable, holder: Holder): Knex.QueryBuilder {
  return ofHolder(db('reservations'), holder).select('product_id');
}

/** A holder's reservations with their allocations; the caller holds their products' locks. */
export async function readHeld(trx: Transaction, holder: Holder): Promise<AllocatedReservation[]> {
  const rows: AllocatedRow[] = await ofHolder(trx('reservations'), holder)
    .orderBy('line')
    .select('id', 'order_id', 'product_id', 'quantity', 'ended_as', allocationsColumn(trx));
  return rows.map((row) => ({
    id: row.id,
    orderId: row.order_id,
    productId: row.product_id,
    quantity: row.quantity,
    endedAs: row.ended_as,
    allocations: row.allocations,
  }));
}

/** Milliseconds until a reservation's hold ends by the database's clock, 0 when it has; undefined when there is none. */
export async function readRemainingHold(db: Queryable, holder: Holder): Promise<number | undefined> {
  const row: { remaining: string } | undefined = await ofHolder(db('reservations'), holder).first(
    db.raw('greatest(0, ceil(extract(epoch FROM expires_at - clock_timestamp()) * 1000))::bigint AS remaining'),
  );
  return row && Number(row.remaining);
}

/** A reservation as it stands, or undefined. */
export async function readReservation(db: Queryable, id: string): Promise<Reservation | undefined> {
  const row: ReservationRow | undefined = await selectReservations(db).where({ id }).first();
  return row && presentReservation(row);
}

/** Reservations, newest first. */
export async function listReservations(
  db: Queryable,
  { isActive, productId, orderId }: ReservationFilters,
  page: PageRequest,
): Promise<Page<Reservation>> {
  const query = selectReservations(db);
  // As the partial index says it: the planner does not see through the generated column.
  if (isActive !== undefined) void (isActive ? query.whereNull('ended_as') : query.whereNotNull('ended_as'));
  if (productId !== undefined) void query.where({ product_id: productId });
  if (orderId !== undefined) void query.where({ order_id: orderId });
  const keyset: Keyset<ReservationRow> = {
    keys: [
      { column: 'created_at', type: 'timestamptz' },
      { column: 'id', type: 'uuid' },
    ],
    direction: 'desc',
    position: (row) => [new Date(row.created_at).toISOString(), row.id],
  };
  return readPage(query, keyset, page, presentReservation);
}

/** Active reservations whose hold ended more than `graceSeconds` ago, most overdue first, after a position of the page before. */
export async function listOverdue(
  db: Queryable,
  graceSeconds: number,
  page: PageRequest,
): Promise<Page<{ readonly id: string; readonly orderId: string | null }>> {
  const query = db('reservations')
    .whereNull('ended_as')
    .whereRaw(`expires_at < now() - ? * interval '1 second'`, [graceSeconds])
    .select('id', 'order_id', 'expires_at');
  const keyset: Keyset<OverdueRow> = {
    keys: [
      { column: 'expires_at', type: 'timestamptz' },
      { column: 'id', type: 'uuid' },
    ],
    direction: 'asc',
    position: (row) => [row.expires_at.toISOString(), row.id],
  };
  return readPage(query, keyset, page, (row) => ({ id: row.id, orderId: row.order_id }));
}

/** A row, from the table or out of a JSON column, as a reservation. */
export function presentReservation(row: ReservationRow): Reservation {
  return {
    id: row.id,
    orderId: row.order_id,
    productId: row.product_id,
    quantity: row.quantity,
    expiresAt: new Date(row.expires_at).toISOString(),
    isActive: row.is_active,
    confirmed: row.confirmed,
    endedAs: row.ended_as,
    extendedSeconds: row.extended_seconds,
    allocations: row.allocations.map(({ warehouse, quantity }) => ({ warehouse, quantity })),
    createdAt: new Date(row.created_at).toISOString(),
  };
}

/** Reservations with their allocations, one query. */
export function selectReservations(db: Queryable): Knex.QueryBuilder {
  return db('reservations').select('reservations.*', allocationsColumn(db));
}

function allocationsColumn(db: Queryable): Knex.Raw {
  return db.raw(`(
    SELECT coalesce(json_agg(json_build_object('warehouseId', w.id, 'warehouse', w.code, 'quantity', a.quantity)
                             ORDER BY w.priority, w.code COLLATE "C"), '[]')
      FROM reservation_allocations a JOIN warehouses w ON w.id = a.warehouse_id
     WHERE a.reservation_id = reservations.id) AS allocations`);
}

function ofHolder(query: Knex.QueryBuilder, holder: Holder): Knex.QueryBuilder {
  return 'orderId' in holder ? query.where({ order_id: holder.orderId }) : query.where({ id: holder.reservationId });
}
