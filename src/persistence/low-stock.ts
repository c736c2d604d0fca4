import type { Knex } from 'knex';
import type { Cause } from '../domain/audit.ts';
import type { StockMove } from '../domain/movement.ts';
import { noteChange } from './change-notices.ts';
import type { Transaction } from './database.ts';

/**
 * The write that records LOW_STOCK of each product whose available units the moves take, over all its warehouses, from above its
 * threshold to it or below; none where no move can. It belongs into the statement that changes the levels, which it sees as they were
 * before; the caller holds their products' locks, so that nobody else takes the same step.
 */
export function lowStockEntries(trx: Transaction, moves: readonly StockMove[], cause: Cause): Knex.Raw[] {
  const added = new Map<string, number>();
  for (const { productId, delta } of moves) added.set(productId, (added.get(productId) ?? 0) + delta.available);
  const taken = Array.from(added, ([productId, available]) => ({ productId, available })).filter(
    ({ available }) => available < 0,
  );
  if (taken.length === 0) return [];
  noteChange(trx);
  const write = trx.raw(
    `INSERT INTO audit_log (actor, on_behalf_of, action, object_type, object_id, old_value, new_value, request_id, workflow_id)
     SELECT ?, ?, 'LOW_STOCK', 'Product', p.id::text, jsonb_build_object('available', s.available),
            jsonb_build_object('available', s.available + m.available, 'low_stock_threshold', p.low_stock_threshold), ?::uuid, ?
       FROM jsonb_to_recordset(?::jsonb) AS m("productId" uuid, available bigint)
       JOIN products p ON p.id = m."productId"
      CROSS JOIN LATERAL (SELECT sum(available) AS available FROM stock_levels WHERE product_id = p.id) s
      WHERE s.available > p.low_stock_threshold AND s.available + m.available <= p.low_stock_threshold
      ORDER BY p.id`,
    [cause.actor, cause.onBehalfOf ?? null, cause.requestId, cause.workflowId, JSON.stringify(taken)],
  );
  return [write];
}
