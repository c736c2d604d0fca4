import assert from 'node:assert/strict';
import { allocationStrategies } from '../../src/domain/allocation.ts';
import { auditActions, auditObjectTypes } from '../../src/domain/audit.ts';
import { movementTypes } from '../../src/domain/movement.ts';
import { cancelReasons, shortagePolicies } from '../../src/domain/order.ts';
import { orderStatuses } from '../../src/domain/order-status.ts';
import { reservationEndings } from '../../src/domain/reservation.ts';
import { waitEndings } from '../../src/domain/waiting.ts';
import { testDatabase } from '../support/database.ts';

describe('A word of the domain that is stored', () => {
  const database = testDatabase();
  database.prepare();

  const constraints: Readonly<Record<string, readonly string[]>> = {
    audit_log_action_known: auditActions,
    audit_log_object_type_known: auditObjectTypes,
    orders_allocation_known: allocationStrategies,
    orders_status_known: orderStatuses,
    orders_cancel_reason_known: cancelReasons,
    orders_on_shortage_known: shortagePolicies,
    reservations_ending_known: reservationEndings,
    stock_movements_type_known: movementTypes,
    waiting_list_ending_known: waitEndings,
  };
  for (const [constraint, words] of Object.entries(constraints)) {
    it(`is one that ${constraint} allows, and the other way round`, async () => {
      const { rows } = await database.db.raw<{ rows: { definition: string }[] }>(
        'SELECT pg_get_constraintdef(oid) AS definition FROM pg_constraint WHERE conname = ?',
        [constraint],
      );
      const allowed = Array.from(rows[0]?.definition.matchAll(/'([^']+)'/g) ?? [], ([, word]) => word);
      assert.deepEqual(new Set(allowed), new Set(words));
    });
  }
});
