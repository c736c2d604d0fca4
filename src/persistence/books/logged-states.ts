import type { Knex } from 'knex';
import type { Queryable } from '../database.ts';

/** Narrows a rule to some objects, by their ids in the audit log: for looking again at one of them under its lock. */
export type Only = readonly string[] | undefined;

/**
 * A condition on ids, to be put behind another one.
 * @param id the name of a column, or an expression
 */
export function andOnly(db: Queryable, id: string | Knex.Raw, only: Only, type: 'text' | 'uuid' = 'text'): Knex.Raw {
  if (only === undefined) return db.raw('AND true');
  const condition = type === 'text' ? 'AND ? = ANY(?::text[])' : 'AND ? = ANY(?::uuid[])';
  return db.raw(condition, [typeof id === 'string' ? db.ref(id) : id, [...only]]);
}

/**
 * The subquery of all entries of reservations, each with the state that it left and the one before it: `active`, an ending, or `none`
 * before the first. A REPAIRED says what the state is, the others what happened.
 */
export function reservationStates(db: Queryable, only: Only): Knex.Raw {
  return db.raw(
    `SELECT e.object_id, e.id, e.action, e.qty, e.state,
            lag(e.qty) OVER earlier AS qty_before,
            coalesce(lag(e.state) OVER earlier, 'none') AS before,
            e.id = max(e.id) OVER whole AS newest,
            coalesce(max(e.id) FILTER (WHERE e.action = 'REPAIRED') OVER whole, 0) AS repaired
       FROM (SELECT object_id, id, action, (new_value ->> 'qty')::integer AS qty,
                    CASE action WHEN 'RESERVATION_CREATED' THEN 'active'
                                WHEN 'RESERVATION_FULFILLED' THEN 'confirmed'
                                WHEN 'RESERVATION_RELEASED' THEN 'released'
                                WHEN 'RESERVATION_EXPIRED' THEN 'expired'
                                ELSE coalesce(new_value ->> 'ended_as', 'active') END AS state
               FROM audit_log WHERE object_type = 'Reservation' AND action <> 'HOLD_EXTENDED' ?) e
     WINDOW whole AS (PARTITION BY e.object_id), earlier AS (PARTITION BY e.object_id ORDER BY e.id)`,
    [andOnly(db, 'object_id', only)],
  );
}
