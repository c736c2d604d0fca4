import type { Transaction } from './database.ts';

/** What an actor holds and waits for by now. */
export interface Holdings {
  /** Units of products, by their ids; of products that are absent none. */
  readonly units: ReadonlyMap<string, number>;
  /** Orders and standalone reservations that are not confirmed yet, those that wait among them. */
  readonly open: number;
}

/**
 * Adds up what an actor holds and waits for, and lets nobody else with the same name do so until this transaction is over: two orders of
 * different products have no lock in common. Taken behind the locks of the products, and nothing is locked behind it that others wait for.
 * @param products ids of those whose units count
 */
export async function lockHoldings(trx: Transaction, actor: string, products: readonly string[]): Promise<Holdings> {
  await trx.raw(`SELECT pg_advisory_xact_lock(hashtextextended(?, 1))`, [`earmark actor ${actor}`]);
  const { rows } = await trx.raw<{ rows: { product_id: string; units: string; open: string }[] }>(
    `WITH held AS (
            SELECT product_id, quantity, coalesce(order_id, id) AS holder FROM reservations
             WHERE held_by = ? AND ended_as IS NULL
             UNION ALL
            SELECT product_id, quantity, order_id FROM waiting_list WHERE placed_by = ? AND ended_as IS NULL)
     SELECT product_id, sum(quantity) AS units, (SELECT count(DISTINCT holder) FROM held) AS open
       FROM held GROUP BY product_id`,
    [actor, actor],
  );
  const wanted = new Set(products);
  const units = rows.filter(({ product_id }) => wanted.has(product_id));
  return {
    units: new Map(units.map((row) => [row.product_id, Number(row.units)])),
    open: Number(rows[0]?.open ?? 0),
  };
}
