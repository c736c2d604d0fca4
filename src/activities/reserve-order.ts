import type { Knex } from 'knex';
import { v5 } from 'uuid';
import type { AllocationStrategy } from '../domain/allocation.ts';
import type { Cause, Change } from '../domain/audit.ts';
import { formatMoney, lineTotal } from '../domain/money.ts';
import { sumByProduct, type Order, type RequestedItem } from '../domain/order.ts';
import { auditEntries } from '../persistence/audit-log.ts';
import { writeTogether, type Transaction } from '../persistence/database.ts';
import { insertOrder, readOrder } from '../persistence/orders.ts';
import { insertReservations, readRemainingHold } from '../persistence/reservations.ts';
import { stockMoves } from '../domain/stock.ts';
import { changeStock, lockStock } from '../persistence/stock-levels.ts';
import { allocateItems, movesOf, ruleOf, type AllocatedItem } from './allocate-items.ts';
import { refusingFinally } from './refuse-finally.ts';

export interface ReserveOrderInput {
  readonly orderId: string;
  readonly items: readonly RequestedItem[];
  readonly holdSeconds: number;
  readonly reference: string | null;
  /** How its units are looked for. Workflows of rules 1 do not say. */
  readonly allocation?: AllocationStrategy;
  readonly region?: string | null;
}

/** An order as it stands, and for a pending one the milliseconds that its hold still lasts. */
export interface OrderHold {
  readonly order: Order;
  readonly remainingHoldMs: number;
}

/**
 * Places an order: checks and prices its products and takes every line's units out of `available`, all or nothing, in one
 * locked transaction. An order that exists already is returned as it stands; that is how a lost workflow is resumed.
 * @throws DomainError not-found, product-inactive, insufficient-stock; a refusal is final for this order id
 */
export async function reserveOrder(db: Knex, input: ReserveOrderInput, cause: Cause): Promise<OrderHold> {
  const { orderId, holdSeconds } = input;
  const rule = ruleOf(input);
  const items = sumByProduct(input.items);
  return refusingFinally(db, orderId, async (trx, assertNotRefused) => {
    const products = await lockStock(
      trx,
      items.map(({ productId }) => productId),
    );
    // Only now, under the locks: an attempt that committed without being heard of has placed the order already.
    const existing = await readOrder(trx, orderId);
    if (existing) return { order: existing, remainingHoldMs: (await readRemainingHold(trx, { orderId })) ?? 0 };

    await assertNotRefused();
    await placeOrder(trx, input, allocateItems(products, items, rule), cause);
    const order = await readOrder(trx, orderId);
    if (!order) throw new Error(`Order ${orderId} was written and cannot be read`);
    return { order, remainingHoldMs: holdSeconds * 1000 };
  });
}

async function placeOrder(
  trx: Transaction,
  input: ReserveOrderInput,
  items: readonly AllocatedItem[],
  cause: Cause,
): Promise<void> {
  const { orderId, holdSeconds, reference } = input;
  const quantity = items.reduce((sum, item) => sum + item.quantity, 0);
  const totalMinor = items.reduce((sum, item) => sum + lineTotal(item.product.priceMinor, item.quantity), 0n);
  const lines = items.map(({ product, quantity, allocations }, index) => {
    const line = index + 1;
    const id = reservationIdOf(orderId, line);
    return { id, orderId, line, productId: product.id, quantity, holdSeconds, allocations, product };
  });
  const created: Change = {
    action: 'ORDER_CREATED',
    objectType: 'Order',
    objectId: orderId,
    oldValue: null,
    newValue: {
      status: 'pending',
      quantity,
      total: formatMoney(totalMinor),
      ...(reference === null ? {} : { reference }),
    },
  };
  const reserved = lines.map<Change>(({ id, quantity }) => ({
    action: 'RESERVATION_CREATED',
    objectType: 'Reservation',
    objectId: id,
    oldValue: null,
    newValue: { qty: quantity },
  }));
  await writeTogether(trx, [
    ...insertOrder(trx, {
      id: orderId,
      reference,
      quantity,
      totalMinor,
      rule: ruleOf(input),
      placedBy: cause.actor,
      holdSeconds,
      requestId: cause.requestId ?? orderId,
      lines: lines.map(({ line, product, quantity }) => ({
        line,
        productId: product.id,
        quantity,
        unitPriceMinor: product.priceMinor,
      })),
    }),
    ...insertReservations(trx, lines),
    ...changeStock(trx, movesOf(lines, { type: 'reserved', move: stockMoves.reserve }), cause),
    auditEntries(trx, [created, ...reserved], cause),
  ]);
}

/** The id of a line's reservation: derived, so that every attempt and every resumed workflow makes the same row. */
export function reservationIdOf(orderId: string, line: number): string {
  return v5(String(line), orderId);
}
