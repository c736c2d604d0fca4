import assert from 'node:assert/strict';
import type { Knex } from 'knex';

/** Each finds rows that contradict the books. */
const contradictions = {
  'a level reserves what its active reservations hold': `
    SELECT s.product_id, s.reserved, held.units
      FROM stock_levels s CROSS JOIN LATERAL (
        SELECT coalesce(sum(a.quantity), 0) AS units
          FROM reservation_allocations a JOIN reservations r ON r.id = a.reservation_id
         WHERE r.ended_as IS NULL AND r.product_id = s.product_id AND a.warehouse_id = s.warehouse_id) held
     WHERE s.reserved <> held.units`,
  'a reservation is allocated whole': `
    SELECT r.id, r.quantity FROM reservations r
     WHERE r.quantity <> (SELECT coalesce(sum(a.quantity), 0) FROM reservation_allocations a WHERE a.reservation_id = r.id)`,
  'an order is pending while its reservations are active': `
    SELECT o.id, o.status, r.ended_as FROM orders o JOIN reservations r ON r.order_id = o.id
     WHERE (o.status = 'pending') <> (r.ended_as IS NULL)`,
  'an order line has one reservation, of its own quantity': `
    SELECT l.order_id, l.line FROM order_lines l LEFT JOIN reservations r ON r.order_id = l.order_id AND r.line = l.line
     GROUP BY l.order_id, l.line, l.quantity HAVING count(r.id) <> 1 OR sum(r.quantity) <> l.quantity`,
  'nothing is both refused and placed': `
    SELECT f.id FROM refusals f WHERE EXISTS (SELECT FROM orders o WHERE o.id = f.id)
       OR EXISTS (SELECT FROM reservations r WHERE r.id = f.id)`,
  'an order adds its lines up': `
    SELECT o.id FROM orders o JOIN order_lines l ON l.order_id = o.id
     GROUP BY o.id HAVING o.quantity <> sum(l.quantity) OR o.total_minor <> sum(l.quantity * l.unit_price_minor)`,
  'every reservation is in the audit log once when it begins and once when it ends': `
    SELECT r.id, r.ended_as, count(a.id) FROM reservations r LEFT JOIN audit_log a ON a.object_type = 'Reservation' AND a.object_id = r.id::text
     GROUP BY r.id HAVING count(a.id) <> CASE WHEN r.ended_as IS NULL THEN 1 ELSE 2 END`,
  'every order is in the audit log once for each status it has had': `
    SELECT o.id, o.status, count(a.id) FROM orders o LEFT JOIN audit_log a ON a.object_type = 'Order' AND a.object_id = o.id::text
     GROUP BY o.id HAVING count(a.id) <> count(DISTINCT a.new_value ->> 'status') OR NOT bool_or(a.new_value ->> 'status' = o.status)`,
};

/** Everything that contradicts the books, in one snapshot of the whole database. */
export async function findDiscrepancies(db: Knex): Promise<unknown[]> {
  return db.transaction(
    async (trx) => {
      const found: unknown[] = [];
      for (const [rule, sql] of Object.entries(contradictions)) {
        const { rows } = await trx.raw<{ rows: object[] }>(sql);
        found.push(...rows.map((row) => ({ rule, ...row })));
      }
      return found;
    },
    { isolationLevel: 'repeatable read', readOnly: true },
  );
}

/** Demands that stock, reservations, orders and the audit log of a whole database agree. */
export async function assertBooksBalance(db: Knex): Promise<void> {
  for (const [rule, sql] of Object.entries(contradictions)) {
    const { rows } = await db.raw<{ rows: unknown[] }>(sql);
    assert.deepEqual(rows, [], rule);
  }
}
