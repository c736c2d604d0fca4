import type { Knex } from 'knex';
import type { Cause } from '../domain/audit.ts';
import type { StockMove } from '../domain/movement.ts';
import type { Transaction } from './database.ts';

/**
 * The write that adds to the ledger. It belongs into the statement that changes the levels; the caller holds their products' locks.
 * Each row goes on from the balance of the row before it and not from the level: a level that was changed behind the ledger's back
 * shows as the difference of the two.
 */
export function insertMovements(trx: Transaction, moves: readonly StockMove[], cause: Cause): Knex.Raw {
  const rows = moves.map(({ productId, warehouseId, type, delta, of, reason }, n) => {
    return { n, productId, warehouseId, type, ...delta, ...of, reason };
  });
  return trx.raw(
    `INSERT INTO stock_movements (product_id, warehouse_id, type, total, available, reserved,
                                  total_after, available_after, reserved_after,
                                  order_id, reservation_id, transfer_id, return_id, actor, reason, request_id, workflow_id)
     SELECT m."productId", m."warehouseId", m.type, m.total, m.available, m.reserved,
            coalesce(before.total_after, 0) + sum(m.total) OVER level,
            coalesce(before.available_after, 0) + sum(m.available) OVER level,
            coalesce(before.reserved_after, 0) + sum(m.reserved) OVER level,
            m."orderId", m."reservationId", m."transferId", m."returnId", ?, m.reason, ?::uuid, ?
       FROM jsonb_to_recordset(?::jsonb)
         AS m(n integer, "productId" uuid, "warehouseId" uuid, type text, total integer, available integer, reserved integer,
              "orderId" uuid, "reservationId" uuid, "transferId" uuid, "returnId" uuid, reason text)
       LEFT JOIN LATERAL (
            SELECT total_after, available_after, reserved_after FROM stock_movements l
             WHERE l.product_id = m."productId" AND l.warehouse_id = m."warehouseId" ORDER BY l.id DESC LIMIT 1) before ON true
     WINDOW level AS (PARTITION BY m."productId", m."warehouseId" ORDER BY m.n)
      ORDER BY m.n`,
    [cause.actor, cause.requestId, cause.workflowId, JSON.stringify(rows)],
  );
}
