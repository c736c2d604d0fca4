import type { Transfer } from '../domain/transfer.ts';
import type { Queryable } from './database.ts';

interface TransferRow {
  transfer_id: string;
  product_id: string;
  from: string;
  to: string;
  total: number;
  reason: string;
  actor: string;
  at: Date;
}

/** A transfer as its two movements in the ledger tell it, or undefined: there is no other table of transfers. */
export async function readTransfer(db: Queryable, id: string): Promise<Transfer | undefined> {
  const row: TransferRow | undefined = await db('stock_movements as o')
    .join('stock_movements as i', 'i.transfer_id', 'o.transfer_id')
    .join('warehouses as source', 'source.id', 'o.warehouse_id')
    .join('warehouses as target', 'target.id', 'i.warehouse_id')
    .where({ 'o.transfer_id': id, 'o.type': 'transferred-out', 'i.type': 'transferred-in' })
    .select('o.transfer_id', 'o.product_id', 'source.code as from', 'target.code as to', 'i.total', 'o.reason')
    .select('o.actor', 'o.at')
    .first();
  return row && presentTransfer(row);
}

function presentTransfer(row: TransferRow): Transfer {
  return {
    id: row.transfer_id,
    productId: row.product_id,
    from: row.from,
    to: row.to,
    quantity: row.total,
    reason: row.reason,
    actor: row.actor,
    createdAt: row.at.toISOString(),
  };
}
