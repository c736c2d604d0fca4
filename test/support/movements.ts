import type { Knex } from 'knex';

/** A row of the ledger, with its warehouse's code. */
export interface MovementRow {
  readonly warehouse: string;
  readonly type: string;
  readonly total: number;
  readonly available: number;
  readonly reserved: number;
  readonly total_after: number;
  readonly transfer_id: string | null;
  readonly actor: string;
  readonly reason: string | null;
  readonly request_id: string | null;
}

/** The movements of a product, oldest first. */
export async function movementsOf(db: Knex, productId: string): Promise<readonly MovementRow[]> {
  return db('stock_movements as m')
    .join('warehouses as w', 'w.id', 'm.warehouse_id')
    .where('m.product_id', productId)
    .orderBy('m.id')
    .select<MovementRow[]>('w.code as warehouse', 'm.type', 'm.total', 'm.available', 'm.reserved', 'm.total_after')
    .select('m.transfer_id', 'm.actor', 'm.reason', 'm.request_id');
}
