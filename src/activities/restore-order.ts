import type { Knex } from 'knex';
import { repairedChange, type Cause } from '../domain/audit.ts';
import { NeedsPerson } from '../domain/finding.ts';
import { auditEntries } from '../persistence/audit-log.ts';
import { orderDiscrepancies, orderFields } from '../persistence/books/orders.ts';
import { writeTogether } from '../persistence/database.ts';
import { lockOrder } from '../persistence/orders.ts';
import { setOrder } from '../persistence/repairs.ts';
import { productsHeldBy } from '../persistence/reservations.ts';
import { lockProducts } from '../persistence/stock-levels.ts';

/**
 * Gives an order's row what its audit entries add up to. Where they tell nothing, or contradict one another, the row is taken as it
 * stands. Either way an entry says so, and the log is left as it is.
 * @returns what was done; undefined when row and entries agree by now
 * @throws NeedsPerson when there is no row
 */
export async function restoreOrder(db: Knex, orderId: string, cause: Cause): Promise<string | undefined> {
  return db.transaction(async (trx) => {
    await lockProducts(trx, productsHeldBy(trx, { orderId }));
    await lockOrder(trx, orderId);
    const [discrepancy] = await orderDiscrepancies(trx, [orderId]);
    if (!discrepancy) return undefined;
    const { row, log, recorded, astray } = discrepancy;
    if (row === null) {
      throw new NeedsPerson(`The row of order ${orderId} is gone, its lines with it: restore it from a backup.`);
    }
    const restored = astray === 0 ? log : null;
    const reason =
      restored !== null
        ? 'restored from its audit entries'
        : recorded
          ? 'its audit entries contradict one another: taken as it stands'
          : 'it had no audit entries: taken as it stands';
    const state = restored ?? row;
    await writeTogether(trx, [
      ...(restored === null ? [] : [setOrder(trx, orderId, restored)]),
      auditEntries(trx, [repairedChange('Order', orderId, orderFields(row), orderFields(state), reason)], cause),
    ]);
    return reason;
  });
}
