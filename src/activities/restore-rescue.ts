import type { Knex } from 'knex';
import { repairedChange, type Cause, type Change } from '../domain/audit.ts';
import { NeedsPerson } from '../domain/finding.ts';
import { auditEntries } from '../persistence/audit-log.ts';
import { rescueDiscrepancies, type RescueDiscrepancy } from '../persistence/books/rescues.ts';
import { writeTogether } from '../persistence/database.ts';
import { lockOrder } from '../persistence/orders.ts';
import { lockProducts } from '../persistence/stock-levels.ts';
import { productsOfOrder, setRescuedFrom } from '../persistence/waiting-repairs.ts';
import { agreedOrderFields } from './agreed-order.ts';

/**
 * Makes an order name the expired one whose place it takes, as the audit entries of the two say, and gives the expired one the entry of it
 * that it lacks.
 * @returns what was done; undefined when everything agrees by now
 * @throws NeedsPerson when the entries contradict one another, a row is gone, or both orders are alive
 */
export async function restoreRescue(db: Knex, orderId: string, cause: Cause): Promise<string | undefined> {
  return db.transaction(async (trx) => {
    await lockProducts(trx, productsOfOrder(trx, orderId));
    await lockOrder(trx, orderId);
    const [discrepancy] = await rescueDiscrepancies(trx, [orderId]);
    if (!discrepancy) return undefined;
    assertDecidable(discrepancy);
    const { row, told, toldByExpired } = discrepancy;
    const from = told ?? toldByExpired;
    const fields = await agreedOrderFields(trx, orderId);
    const changes: Change[] = [];
    if (row !== from) {
      const [found, repaired] = [row, from].map((rescued_from) => ({ ...fields, rescued_from })) as [object, object];
      const reason = 'the order whose place it takes was restored from the audit entries';
      changes.push(repairedChange('Order', orderId, found, repaired, reason));
    }
    if (from !== null && toldByExpired === null) {
      const newValue = { rescued_by: orderId, total: fields['total'] };
      changes.push({ action: 'RESERVATION_RESCUED', objectType: 'Order', objectId: from, oldValue: null, newValue });
    }
    await writeTogether(trx, [
      ...(row === from ? [] : [setRescuedFrom(trx, orderId, from)]),
      auditEntries(trx, changes, cause),
    ]);
    return 'the order whose place it takes and the audit entries of both agree again';
  });
}

function assertDecidable(discrepancy: RescueDiscrepancy): void {
  const { orderId, status, row, told, toldByExpired, claims, expired, expiredStatus } = discrepancy;
  if (status === null || (expired !== null && expiredStatus === null)) {
    const gone = status === null ? orderId : expired;
    throw new NeedsPerson(`The row of order ${gone} is gone, its lines with it: restore it from a backup.`);
  }
  if (claims > 1 || (told !== null && toldByExpired !== null && told !== toldByExpired)) {
    throw new NeedsPerson(
      `The audit entries contradict one another about whose place order ${orderId} takes: find out which is right, and correct ` +
        'rescued_from of its row and the entries by hand.',
    );
  }
  if (row === (told ?? toldByExpired) && row === toldByExpired) {
    throw new NeedsPerson(
      `Order ${orderId} takes the place of order ${expired}, and neither is cancelled (${status}, ${expiredStatus}): both may be ` +
        'delivered. Cancel the one that nobody waits for.',
    );
  }
}
