import type { Knex } from 'knex';
import { allocate } from '../domain/allocation.ts';
import type { Cause, Change } from '../domain/audit.ts';
import { DomainError, notFound, type Shortage } from '../domain/errors.ts';
import { openLevels, shortagesOf } from '../domain/fulfilment-plan.ts';
import { parseMoney } from '../domain/money.ts';
import type { Order } from '../domain/order.ts';
import { invalidTransition } from '../domain/order-status.ts';
import { auditEntries, hasAudit } from '../persistence/audit-log.ts';
import { writeTogether, type Transaction } from '../persistence/database.ts';
import { isLaterThan, lockOrder, readOrder } from '../persistence/orders.ts';
import { readRefusal } from '../persistence/refusals.ts';
import { productsHeldBy } from '../persistence/reservations.ts';
import { lockStock, type LockedProduct } from '../persistence/stock-levels.ts';
import { holdOf, type OrderHold } from './order-hold.ts';
import { writeOrder, type NewOrderLine } from './place-order.ts';
import { refusingFinally } from './refuse-finally.ts';

export interface RescueOrderInput {
  /** Of the order that takes the place of the expired one. */
  readonly orderId: string;
  /** The order that expired before it was confirmed. */
  readonly rescuedFrom: string;
  readonly holdSeconds: number;
  /** Of the confirmation. */
  readonly reason?: string;
}

/**
 * Answers the confirmation of an order that has expired: places the same items at the same prices again, reserved and confirmed in one
 * transaction. An order that takes its place already is returned as it stands. When that cannot be, the audit log says how much there is
 * to refund, in case somebody has paid.
 * @param lateSeconds after the expiry, by the database's clock
 * @throws DomainError not-found; invalid-transition when the order did not expire; reservation-expired when it is too late or the units
 * are gone; a refusal is final for this order id
 */
export async function rescueOrder(
  db: Knex,
  input: RescueOrderInput,
  lateSeconds: number,
  cause: Cause,
): Promise<OrderHold> {
  const { orderId, rescuedFrom } = input;
  return refusingFinally(db, orderId, async (trx) => {
    const products = await lockStock(trx, productsHeldBy(trx, { orderId: rescuedFrom }));
    await lockOrder(trx, rescuedFrom);
    const existing = await readOrder(trx, orderId);
    if (existing) return holdOf(trx, existing);
    const refusal = await readRefusal(trx, orderId);
    if (refusal) throw refusal;
    const expired = await readOrder(trx, rescuedFrom);
    if (!expired) throw notFound('Order', rescuedFrom);
    if (expired.cancelReason !== 'expired') throw invalidTransition(expired.status, 'confirmed');
    const isTooLate = await isLaterThan(trx, rescuedFrom, lateSeconds);
    const outcome = isTooLate ? { shortages: [] } : findLines(expired, products);
    if ('shortages' in outcome) {
      const why = isTooLate
        ? `that is more than ${lateSeconds} s ago (EARMARK_LATE_SECONDS)`
        : outcome.shortages.map((shortage) => describeShortage(shortage, products)).join(', ');
      throw await tooLate(trx, expired, { shortages: outcome.shortages, why }, cause);
    }
    const { reference, allocation, region, onShortage, placedBy, total } = expired;
    const rule = { strategy: allocation, region };
    const rescued: Change = {
      action: 'RESERVATION_RESCUED',
      objectType: 'Order',
      objectId: rescuedFrom,
      oldValue: null,
      newValue: { rescued_by: orderId, total },
    };
    const asBefore = { reference, rule, onShortage, placedBy };
    const order = await writeOrder(trx, { ...input, ...outcome, ...asBefore, status: 'confirmed' }, cause, [rescued]);
    return holdOf(trx, order);
  });
}

/** The same lines with units, or what is missing. */
function findLines(
  { lines, allocation: strategy, region }: Order,
  products: ReadonlyMap<string, LockedProduct>,
): { readonly lines: readonly NewOrderLine[] } | { readonly shortages: readonly Shortage[] } {
  const priced = lines.map(({ line = 1, product: { id, sku }, quantity, orderedQuantity = quantity, unitPrice }) => {
    const product = products.get(id);
    // What is not for sale any more is not to be had, and neither is what others wait for.
    const levels = product?.active ? openLevels(product) : [];
    const missing = orderedQuantity - quantity;
    const of = { line, product: { id, sku, waiting: product?.waiting ?? 0 }, quantity, missing, levels };
    return { ...of, unitPriceMinor: parseMoney(unitPrice) };
  });
  const outcome = allocate(
    priced.filter(({ quantity }) => quantity > 0),
    { strategy, region },
  );
  if ('unmet' in outcome) return { shortages: shortagesOf(outcome) };
  const found = new Map(outcome.met.map(({ demand, allocations }) => [demand.line, allocations]));
  return { lines: priced.map((line) => ({ ...line, allocations: found.get(line.line) ?? [] })) };
}

/** Why the units of a product are not to be had again. */
function describeShortage(
  { productId, sku, requested, available, waiting = 0 }: Shortage,
  products: ReadonlyMap<string, LockedProduct>,
): string {
  if (!products.get(productId)?.active) return `${sku} is not for sale any more`;
  if (waiting > 0) return waiting === 1 ? `1 order waits for ${sku}` : `${waiting} orders wait for ${sku}`;
  return `of ${sku} ${available} are left and not ${requested}`;
}

/** The refusal, which the audit log of the order tells once, however often it is confirmed too late. */
async function tooLate(
  trx: Transaction,
  { id, total, updatedAt: expiredAt }: Order,
  { shortages, why }: { readonly shortages: readonly Shortage[]; readonly why: string },
  cause: Cause,
): Promise<DomainError<'reservation-expired'>> {
  const reason = shortages.length > 0 ? 'its units are not to be had' : 'that was too long ago';
  if (!(await hasAudit(trx, 'Order', id, 'CONFIRMATION_TOO_LATE'))) {
    const late: Change = {
      action: 'CONFIRMATION_TOO_LATE',
      objectType: 'Order',
      objectId: id,
      oldValue: null,
      newValue: { refund: total, reason },
    };
    await writeTogether(trx, [auditEntries(trx, [late], cause)]);
  }
  const message = `Order ${id} was cancelled as expired at ${expiredAt}, and ${why}. If it was paid, refund ${total}.`;
  return new DomainError('reservation-expired', message, { orderId: id, expiredAt, refund: total, shortages });
}
