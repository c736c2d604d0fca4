import type { Knex } from 'knex';
import type { MovementType } from '../../src/domain/movement.ts';
import type { StockFigures } from '../../src/domain/stock.ts';
import type { StockedProduct } from './orders.ts';

/** A row of the ledger, as a test compares it. */
export interface MovementRow {
  readonly id: string;
  readonly at: Date;
  readonly product_id: string;
  readonly warehouse: string;
  readonly type: MovementType;
  readonly change: StockFigures;
  readonly balance: StockFigures;
  readonly order_id: string | null;
  readonly reservation_id: string | null;
  readonly actor: string;
  readonly reason: string | null;
  readonly request_id: string | null;
  readonly workflow_id: string | null;
}

/** The movements of a product, oldest first. */
export async function movementsOf(db: Knex, { id }: StockedProduct): Promise<MovementRow[]> {
  const { rows } = await db.raw<{ rows: MovementRow[] }>(
    `SELECT m.id, m.at, m.product_id, w.code AS warehouse, m.type, m.order_id, m.reservation_id, m.actor, m.reason, m.request_id,
            m.workflow_id,
            json_build_object('total', m.total, 'available', m.available, 'reserved', m.reserved) AS change,
            json_build_object('total', total_after, 'available', available_after, 'reserved', reserved_after) AS balance
       FROM stock_movements m JOIN warehouses w ON w.id = m.warehouse_id WHERE product_id = ? ORDER BY m.id`,
    [id],
  );
  return rows;
}

/** Changes the append-only ledger, as only an owner of the database can. */
export async function tamper(db: Knex, change: (trx: Knex.Transaction) => Promise<unknown>): Promise<void> {
  await db.transaction(async (trx) => {
    await trx.raw('ALTER TABLE stock_movements DISABLE TRIGGER stock_movements_append_only');
    await change(trx);
    await trx.raw('ALTER TABLE stock_movements ENABLE TRIGGER stock_movements_append_only');
  });
}

/**
 * Changes stock levels without their movements, as only an owner of the database can: with its triggers off. Foreign keys are off with
 * them, checks are not.
 */
export async function behindTheLedger(
  db: Knex,
  change: (trx: Knex.Transaction) => PromiseLike<unknown>,
): Promise<void> {
  await db.transaction(async (trx) => {
    await trx.raw('SET LOCAL session_replication_role = replica');
    await change(trx);
  });
}

/** Makes the database one whose ledger began only now: each level has its opening row and nothing before it. */
export async function beginLedgerNow(db: Knex): Promise<void> {
  await tamper(db, async (trx) => {
    await trx('stock_movements').delete();
    await trx.raw(
      `INSERT INTO stock_movements (product_id, warehouse_id, type, total, available, reserved,
                                    total_after, available_after, reserved_after, actor, reason)
       SELECT product_id, warehouse_id, 'received', total, available, reserved, total, available, reserved, 'system',
              'opening balance' FROM stock_levels`,
    );
  });
}
