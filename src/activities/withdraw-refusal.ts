import type { Knex } from 'knex';
import { repairedChange, type Cause } from '../domain/audit.ts';
import { NeedsPerson, type Fields } from '../domain/finding.ts';
import { auditEntries } from '../persistence/audit-log.ts';
import { orderDiscrepancies, orderFields } from '../persistence/books/orders.ts';
import { refusedPlacements } from '../persistence/books/promises.ts';
import { reservationDiscrepancies, reservationFields } from '../persistence/books/reservations.ts';
import { writeTogether, type Transaction } from '../persistence/database.ts';
import { lockOrder } from '../persistence/orders.ts';
import { deleteRefusal, readOrderState } from '../persistence/repairs.ts';
import { productsHeldBy, readHeld } from '../persistence/reservations.ts';
import { lockProducts } from '../persistence/stock-levels.ts';

/**
 * Forgets that something was refused which was placed.
 * @returns what was done; undefined when it is not remembered as refused by now
 * @throws NeedsPerson when its row has to be restored first
 */
export async function withdrawRefusal(db: Knex, id: string, cause: Cause): Promise<string | undefined> {
  return db.transaction(async (trx) => {
    await lockProducts(trx, productsHeldBy(trx, { orderId: id }).orWhere({ id }));
    await lockOrder(trx, id);
    const [placed] = await refusedPlacements(trx, [id]);
    if (!placed) return undefined;
    const { objectType } = placed;
    const state = objectType === 'Order' ? await orderState(trx, id) : await reservationState(trx, id);
    const reason = 'it was placed: the refusal is withdrawn';
    const change = repairedChange(objectType, id, { ...state, refused: true }, { ...state, refused: false }, reason);
    await writeTogether(trx, [deleteRefusal(trx, id), auditEntries(trx, [change], cause)]);
    return reason;
  });
}

async function orderState(trx: Transaction, id: string): Promise<Fields> {
  if ((await orderDiscrepancies(trx, [id])).length > 0) throw runAgain(id);
  return orderFields(await readOrderState(trx, id));
}

async function reservationState(trx: Transaction, id: string): Promise<Fields> {
  const [held] = await readHeld(trx, { reservationId: id });
  if (!held || (await reservationDiscrepancies(trx, [id])).length > 0) throw runAgain(id);
  return reservationFields(held);
}

function runAgain(id: string): NeedsPerson {
  return new NeedsPerson(`${id} differs from its audit entries as well: run this again.`);
}
