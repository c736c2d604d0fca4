import type { Knex } from 'knex';
import type { AllocationStrategy } from '../domain/allocation.ts';
import { partyOf, type Cause } from '../domain/audit.ts';
import type { HoldingLimits } from '../domain/holding-limits.ts';
import { notEnough } from '../domain/not-enough.ts';
import {
  defaultShortagePolicy,
  sumByProduct,
  type Order,
  type RequestedItem,
  type ShortagePolicy,
} from '../domain/order.ts';
import { defaultWaitSeconds, type Freed } from '../domain/waiting.ts';
import type { Transaction } from '../persistence/database.ts';
import { readOrder, rereadOrder } from '../persistence/orders.ts';
import { lockStockAnd, type LockedProduct } from '../persistence/stock-levels.ts';
import { readRefusal } from '../persistence/refusals.ts';
import { readTurns } from '../persistence/waiting-list.ts';
import { findUnits, ruleOf, takeWhatThereIs, type FoundUnits } from './allocate-items.ts';
import { assertMayHold, assertMayOrder } from './assert-may-hold.ts';
import { holdOf, type OrderHold } from './order-hold.ts';
import { queueOrder, writeOrder, type NewOrderLine } from './place-order.ts';
import { refusingFinally } from './refuse-finally.ts';
import { serveWaiting } from './serve-waiting.ts';

export interface ReserveOrderInput {
  readonly orderId: string;
  readonly items: readonly RequestedItem[];
  readonly holdSeconds: number;
  readonly reference: string | null;
  /** How its units are looked for. Workflows of rules 1 do not say. */
  readonly allocation?: AllocationStrategy;
  readonly region?: string | null;
  /** What it does when there are not enough units. Workflows of rules 1 and 2 do not say: they are refused. */
  readonly onShortage?: ShortagePolicy;
  /** How long it waits for its units, if it does. */
  readonly waitSeconds?: number;
}

/**
 * Places an order: checks and prices its products and takes every line's units out of `available`, all or nothing, in one locked
 * transaction. What else it may do when there are not enough units, the order says. An order that exists already is returned as it
 * stands; that is how a lost workflow is resumed. One that waits has its units reserved when its turn has come.
 * @throws DomainError not-found, product-inactive, limit-exceeded, insufficient-stock; a refusal is final for this order id
 */
export async function reserveOrder(
  db: Knex,
  input: ReserveOrderInput,
  limits: HoldingLimits,
  cause: Cause,
): Promise<Freed<OrderHold>> {
  const { orderId } = input;
  const items = sumByProduct(input.items);
  const productIds = items.map(({ productId }) => productId);
  const placed = await refusingFinally(db, orderId, async (trx) => {
    // Only under the locks: an attempt that committed without being heard of has placed the order already, or refused it.
    const [products, [existing, refusal]] = await lockStockAnd(trx, productIds, () =>
      Promise.all([readOrder(trx, orderId), readRefusal(trx, orderId)]),
    );
    if (existing) {
      const served = existing.waiting ? await serveWaiting(trx, existing, products, cause) : false;
      const order = served ? await rereadOrder(trx, orderId) : existing;
      // Whoever was served has made room behind itself; an attempt that was not heard of may have done so too.
      return { value: await holdOf(trx, order), turns: await readTurns(trx, productIds) };
    }
    if (refusal) throw refusal;
    const order = await place(trx, { ...input, items }, products, limits, cause);
    const { holdSeconds, waitSeconds = defaultWaitSeconds } = input;
    return { value: { order, remainingHoldMs: (order.waiting ? waitSeconds : holdSeconds) * 1000 }, turns: [] };
  });
  // Behind the commit: a warehouse may have become active, which no product's lock guards. Its change could not see that this order waits.
  return placed.value.order.waiting ? { ...placed, turns: await readTurns(db, productIds) } : placed;
}

async function place(
  trx: Transaction,
  input: ReserveOrderInput,
  products: ReadonlyMap<string, LockedProduct>,
  limits: HoldingLimits,
  cause: Cause,
): Promise<Order> {
  const { items, onShortage = defaultShortagePolicy, waitSeconds = defaultWaitSeconds } = input;
  const rule = ruleOf(input);
  const placedBy = partyOf(cause);
  const outcome = findUnits(products, items, rule);
  assertMayOrder(limits, outcome.wanted);
  if ('shortages' in outcome && onShortage === 'wait') {
    const lines = linesOf(outcome.wanted.map((item) => ({ ...item, allocations: [] })));
    await assertMayHold(trx, limits, placedBy, lines);
    return queueOrder(trx, { ...input, lines, rule, placedBy, waitSeconds }, cause);
  }
  const found = 'met' in outcome ? outcome.met : onShortage === 'partial' ? takeWhatThereIs(outcome.wanted, rule) : [];
  if ('shortages' in outcome && !found.some(({ allocations }) => allocations.length > 0))
    throw notEnough(outcome, rule);
  const lines = linesOf(found, onShortage === 'partial');
  await assertMayHold(trx, limits, placedBy, lines);
  const asked = { rule, placedBy, onShortage, rescuedFrom: null };
  return writeOrder(trx, { ...input, ...asked, lines, status: 'pending' }, cause);
}

/** @param partly whether a line is for the units that were found, and not for those that are wanted */
function linesOf(found: readonly FoundUnits[], partly = false): NewOrderLine[] {
  return found.map(({ product, quantity: wanted, allocations }, index) => {
    const quantity = partly ? allocations.reduce((sum, some) => sum + some.quantity, 0) : wanted;
    const missing = wanted - quantity;
    return { line: index + 1, product, quantity, missing, unitPriceMinor: product.priceMinor, allocations };
  });
}
