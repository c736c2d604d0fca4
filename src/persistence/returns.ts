import type { Knex } from 'knex';
import type { Return } from '../domain/return.ts';
import type { Queryable, Transaction } from './database.ts';
import { readPage, type Keyset, type Page, type PageRequest } from './keyset.ts';

/** A return to be written. */
export interface NewReturn {
  readonly id: string;
  readonly orderId: string;
  readonly line: number;
  readonly quantity: number;
  /** Where the units are put; null when they cannot be sold again. */
  readonly warehouseId: string | null;
  readonly reason: string;
  readonly returnedBy: string;
  readonly requestId: string;
}

/** A line of an order, as far as a return is judged by it. */
export interface OrderedLine {
  readonly productId: string;
  readonly quantity: number;
}

interface ReturnRow {
  id: string;
  order_id: string;
  line: number;
  product_id: string;
  quantity: number;
  restock: boolean;
  warehouse: string | null;
  reason: string;
  returned_by: string;
  created_at: Date;
}

/** The write that creates a return. */
export function insertReturn(trx: Transaction, of: NewReturn): Knex.QueryBuilder {
  return trx('returns').insert({
    id: of.id,
    order_id: of.orderId,
    line: of.line,
    quantity: of.quantity,
    restock: of.warehouseId !== null,
    warehouse_id: of.warehouseId,
    reason: of.reason,
    returned_by: of.returnedBy,
    request_id: of.requestId,
  });
}

/** A return, or undefined. */
export async function readReturn(db: Queryable, id: string): Promise<Return | undefined> {
  const row: ReturnRow | undefined = await selectReturns(db).where('r.id', id).first();
  return row && presentReturn(row);
}

/** The returns of an order, oldest first. */
export async function listReturns(db: Queryable, orderId: string, page: PageRequest): Promise<Page<Return>> {
  const keyset: Keyset<ReturnRow> = {
    keys: [
      { column: 'r.created_at', type: 'timestamptz' },
      { column: 'r.id', type: 'uuid' },
    ],
    direction: 'asc',
    position: (row) => [row.created_at.toISOString(), row.id],
  };
  return readPage(selectReturns(db).where('r.order_id', orderId), keyset, page, presentReturn);
}

/** A line of an order, or undefined. What it is of never changes, so it may be read before anything is locked. */
export async function readOrderedLine(db: Queryable, orderId: string, line: number): Promise<OrderedLine | undefined> {
  const row: { product_id: string; quantity: number } | undefined = await db('order_lines')
    .where({ order_id: orderId, line })
    .first('product_id', 'quantity');
  return row && { productId: row.product_id, quantity: row.quantity };
}

/** How many units of a line have come back. The caller holds the order's lock, so no other return is on its way. */
export async function unitsReturned(trx: Transaction, orderId: string, line: number): Promise<number> {
  const quantities = (await trx('returns').where({ order_id: orderId, line }).pluck('quantity')) as number[];
  return quantities.reduce((sum, quantity) => sum + quantity, 0);
}

function selectReturns(db: Queryable): Knex.QueryBuilder {
  return db('returns as r')
    .join('order_lines as l', (on) => on.on('l.order_id', 'r.order_id').andOn('l.line', 'r.line'))
    .leftJoin('warehouses as w', 'w.id', 'r.warehouse_id')
    .select(
      'r.id',
      'r.order_id',
      'r.line',
      'l.product_id',
      'r.quantity',
      'r.restock',
      'w.code as warehouse',
      'r.reason',
    )
    .select('r.returned_by', 'r.created_at');
}

function presentReturn(row: ReturnRow): Return {
  return {
    id: row.id,
    orderId: row.order_id,
    line: row.line,
    productId: row.product_id,
    quantity: row.quantity,
    restock: row.restock,
    warehouse: row.warehouse,
    reason: row.reason,
    returnedBy: row.returned_by,
    createdAt: row.created_at.toISOString(),
  };
}
