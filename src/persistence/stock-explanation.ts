import type { Knex } from 'knex';
import type { MovementType } from '../domain/movement.ts';
import type { StockFigures } from '../domain/stock.ts';
import type { Queryable } from './database.ts';
import { readPage, type Keyset, type Page, type PageRequest } from './keyset.ts';

/** What is to be explained: a product's stock, over all warehouses or in one of them. */
export interface ExplanationScope {
  readonly productId: string;
  /** Null for all warehouses. */
  readonly warehouseId: string | null;
  /** As of this moment, what happened in it included; null for now. */
  readonly at: Date | null;
}

/** A movement with the balance of the scope after it. JSON-safe; `id` is a decimal string, since it is 64 bits wide. */
export interface ExplainedMovement {
  readonly id: string;
  readonly at: string;
  readonly type: MovementType;
  /** By its code. */
  readonly warehouse: string;
  readonly change: StockFigures;
  readonly balance: StockFigures;
  readonly orderId: string | null;
  readonly reservationId: string | null;
  readonly transferId: string | null;
  readonly returnId: string | null;
  readonly actor: string;
  readonly reason: string | null;
  readonly requestId: string | null;
  readonly workflowId: string | null;
}

/** Stock figures by the ledger, and the movements that made them. */
export interface Explanation {
  /** The moment of the oldest movement in scope; null when there is none. */
  readonly since: string | null;
  readonly figures: StockFigures;
  /** Newest first. */
  readonly movements: Page<ExplainedMovement>;
}

/** A row of the ledger, with the code of its warehouse. */
export interface MovementRow {
  id: string;
  at: Date;
  type: MovementType;
  warehouse: string;
  total: number;
  available: number;
  reserved: number;
  total_after: number;
  available_after: number;
  reserved_after: number;
  order_id: string | null;
  reservation_id: string | null;
  transfer_id: string | null;
  return_id: string | null;
  actor: string;
  reason: string | null;
  request_id: string | null;
  workflow_id: string | null;
}

/** The same, with what its level stood at before it. */
interface FollowingRow extends MovementRow {
  total_before: number;
  available_before: number;
  reserved_before: number;
}

const nothing: StockFigures = { total: 0, available: 0, reserved: 0 };

/** The newest bigint: after every movement there is. */
const newest = '9223372036854775807';

const pages: Keyset<FollowingRow> = {
  keys: [{ column: 'm.id', type: 'bigint' }],
  direction: 'desc',
  position: ({ id }) => [id],
};

/** Explains stock figures by the movements that made them, all from one snapshot. */
export async function explainStock(db: Knex, scope: ExplanationScope, page: PageRequest): Promise<Explanation> {
  return db.transaction(
    async (trx) => {
      const last = await lastOf(trx, scope);
      if (last === undefined) return { since: null, figures: nothing, movements: { items: [], next: null } };
      const oldest = await movementsOf(trx, scope, last).orderBy('m.id').first('m.at');
      return {
        since: (oldest as { at: Date } | undefined)?.at.toISOString() ?? null,
        figures: await balanceAt(trx, scope, last),
        movements: await readMovements(trx, scope, last, page),
      };
    },
    { isolationLevel: 'repeatable read', readOnly: true },
  );
}

/** The id of the last movement of the product that counts; undefined when none does. */
async function lastOf(db: Queryable, { productId, at }: ExplanationScope): Promise<string | undefined> {
  if (at === null) return newest;
  // By id: should a clock have been set back, this is still a state that the stock has been in.
  const row: { id: string } | undefined = await db('stock_movements')
    .where({ product_id: productId })
    .where('at', '<=', at)
    .orderBy('id', 'desc')
    .first('id');
  return row?.id;
}

function movementsOf(db: Queryable, { productId, warehouseId }: ExplanationScope, last: string): Knex.QueryBuilder {
  const query = db('stock_movements as m').where('m.product_id', productId).where('m.id', '<=', last);
  return warehouseId === null ? query : query.where('m.warehouse_id', warehouseId);
}

/** The balance of the scope right after a movement: of each level the newest by then, each found by the index. */
async function balanceAt(
  db: Queryable,
  { productId, warehouseId }: ExplanationScope,
  id: string,
): Promise<StockFigures> {
  const { rows } = await db.raw<{ rows: [StockFigures] }>(
    `SELECT coalesce(sum(b.total_after), 0)::float8 AS total, coalesce(sum(b.available_after), 0)::float8 AS available,
            coalesce(sum(b.reserved_after), 0)::float8 AS reserved
       FROM warehouses w CROSS JOIN LATERAL (
            SELECT total_after, available_after, reserved_after FROM stock_movements m
             WHERE m.product_id = ? AND m.warehouse_id = w.id AND m.id <= ? ORDER BY m.id DESC LIMIT 1) b
      WHERE ?::uuid IS NULL OR w.id = ?`,
    [productId, id, warehouseId, warehouseId],
  );
  return rows[0];
}

/**
 * One page of movements with the balance after each. Going down the page, the balance is taken back by what each row's level stood at
 * before it, and not by the row's change: so it is what the ledger said, also where somebody changed the ledger by hand.
 */
async function readMovements(
  db: Queryable,
  scope: ExplanationScope,
  last: string,
  page: PageRequest,
): Promise<Page<ExplainedMovement>> {
  const before = db.raw(
    `LATERAL (SELECT total_after, available_after, reserved_after FROM stock_movements l
               WHERE l.product_id = m.product_id AND l.warehouse_id = m.warehouse_id AND l.id < m.id
               ORDER BY l.id DESC LIMIT 1) b ON true`,
  );
  const query = movementsOf(db, scope, last)
    .join('warehouses as w', 'w.id', 'm.warehouse_id')
    .joinRaw('LEFT JOIN ?', [before])
    .select('m.*', 'w.code as warehouse')
    .select(db.raw('coalesce(b.total_after, 0) AS total_before, coalesce(b.available_after, 0) AS available_before'))
    .select(db.raw('coalesce(b.reserved_after, 0) AS reserved_before'));
  const rows = await readPage(query, pages, page, (row) => row);
  const [first] = rows.items;
  let balance = first === undefined ? nothing : await balanceAt(db, scope, first.id);
  const items = rows.items.map((row) => {
    const movement = presentMovement(row, balance);
    balance = {
      total: balance.total - row.total_after + row.total_before,
      available: balance.available - row.available_after + row.available_before,
      reserved: balance.reserved - row.reserved_after + row.reserved_before,
    };
    return movement;
  });
  return { items, next: rows.next };
}

/** @param balance after it, of whatever was asked for */
export function presentMovement(row: MovementRow, balance: StockFigures): ExplainedMovement {
  return {
    id: row.id,
    at: row.at.toISOString(),
    type: row.type,
    warehouse: row.warehouse,
    change: { total: row.total, available: row.available, reserved: row.reserved },
    balance,
    orderId: row.order_id,
    reservationId: row.reservation_id,
    transferId: row.transfer_id,
    returnId: row.return_id,
    actor: row.actor,
    reason: row.reason,
    requestId: row.request_id,
    workflowId: row.workflow_id,
  };
}
