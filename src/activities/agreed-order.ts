import { NeedsPerson, type Fields } from '../domain/finding.ts';
import { orderDiscrepancies, orderFields } from '../persistence/books/orders.ts';
import type { Transaction } from '../persistence/database.ts';
import { readOrderState } from '../persistence/repairs.ts';

/**
 * The fields of an order, for an entry REPAIRED that is about a part of it: such an entry says all of the order again, so it must be
 * right by then. The caller holds its lock.
 * @throws NeedsPerson when it is not
 */
export async function agreedOrderFields(trx: Transaction, orderId: string): Promise<Fields> {
  if ((await orderDiscrepancies(trx, [orderId])).length > 0) {
    throw new NeedsPerson(`Order ${orderId} differs from its audit entries as well: run this again.`);
  }
  return orderFields(await readOrderState(trx, orderId));
}
