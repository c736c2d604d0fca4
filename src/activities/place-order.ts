import { v5 } from 'uuid';
import type { Allocation, AllocationRule } from '../domain/allocation.ts';
import type { Cause, Change } from '../domain/audit.ts';
import type { StockMove } from '../domain/movement.ts';
import { formatMoney, lineTotal } from '../domain/money.ts';
import type { Order, ShortagePolicy } from '../domain/order.ts';
import { stockMoves } from '../domain/stock.ts';
import { auditEntries } from '../persistence/audit-log.ts';
import { writeAndRead, type Transaction } from '../persistence/database.ts';
import { insertOrder, rereadOrder } from '../persistence/orders.ts';
import { insertReservations } from '../persistence/reservations.ts';
import { changeStock } from '../persistence/stock-levels.ts';
import { joinWaitingList } from '../persistence/waiting-list.ts';
import { movesOf } from './allocate-items.ts';
import { reservationCreated } from './reservation-change.ts';
import { statusChange } from './status-change.ts';

/** A line of an order that is about to be placed, priced, and the units that it gets. */
export interface NewOrderLine {
  /** From 1. */
  readonly line: number;
  readonly product: { readonly id: string; readonly sku: string };
  /** Units that it is for. */
  readonly quantity: number;
  /** Units that were ordered beyond those. */
  readonly missing: number;
  readonly unitPriceMinor: bigint;
  readonly allocations: readonly Allocation[];
}

/** What an order is, however it is placed. */
interface NewOrder {
  readonly orderId: string;
  readonly lines: readonly NewOrderLine[];
  readonly reference: string | null;
  readonly rule: AllocationRule;
  /** The actor whose order it is. */
  readonly placedBy: string;
  readonly holdSeconds: number;
}

/**
 * Writes an order whose units have been found: pending with its units reserved, or confirmed with its units sold.
 * @param order.reason of the confirmation
 * @param also further entries of the audit log
 */
export async function writeOrder(
  trx: Transaction,
  order: NewOrder & {
    readonly status: 'pending' | 'confirmed';
    readonly onShortage: ShortagePolicy;
    readonly rescuedFrom: string | null;
    readonly reason?: string | undefined;
  },
  cause: Cause,
  also: readonly Change[] = [],
): Promise<Order> {
  const { orderId, holdSeconds, status, reason } = order;
  const reservations = order.lines
    .filter(({ quantity }) => quantity > 0)
    .map(({ line, product, quantity, allocations }) => {
      const held = { holdSeconds, heldBy: order.placedBy, allocations };
      return { id: reservationIdOf(orderId, line), orderId, line, productId: product.id, quantity, ...held };
    });
  const isConfirmed = status === 'confirmed';
  const moves: StockMove[] = movesOf(reservations, { type: 'reserved', move: stockMoves.reserve });
  if (isConfirmed) moves.push(...movesOf(reservations, { type: 'fulfilled', move: stockMoves.fulfil, reason }));
  const writes = [
    ...insertOrder(trx, rowOf(order, holdSeconds, cause)),
    ...insertReservations(trx, reservations, isConfirmed ? 'confirmed' : null),
    ...changeStock(trx, moves, cause),
    auditEntries(
      trx,
      [
        orderCreated(order, order.rescuedFrom),
        ...reservations.map(reservationCreated),
        ...(isConfirmed
          ? [
              ...reservations.map<Change>(({ id, quantity: qty }) => ({
                action: 'RESERVATION_FULFILLED',
                objectType: 'Reservation',
                objectId: id,
                oldValue: { qty },
                newValue: { qty },
              })),
              statusChange(orderId, 'pending', 'confirmed', reason),
            ]
          : []),
        ...also,
      ],
      cause,
    ),
  ];
  return writeAndRead(trx, writes, () => rereadOrder(trx, orderId));
}

/** Writes an order that waits for the units of its one line: nothing is reserved yet. */
export async function queueOrder(
  trx: Transaction,
  order: NewOrder & { readonly waitSeconds: number },
  cause: Cause,
): Promise<Order> {
  const { orderId, lines, placedBy, holdSeconds, waitSeconds } = order;
  const [line] = lines;
  if (!line || lines.length > 1) throw new Error(`Order ${orderId} cannot wait for ${lines.length} products`);
  const { product, quantity } = line;
  const waits = { orderId, productId: product.id, quantity, holdSeconds, waitSeconds, placedBy };
  const started: Change = {
    action: 'WAITING_STARTED',
    objectType: 'Order',
    objectId: orderId,
    oldValue: null,
    newValue: { product: product.id, qty: quantity, seconds: waitSeconds },
  };
  const row = rowOf({ ...order, status: 'pending', onShortage: 'wait', rescuedFrom: null }, null, cause);
  const writes = [
    ...insertOrder(trx, row),
    joinWaitingList(trx, waits),
    auditEntries(trx, [orderCreated(order, null), started], cause),
  ];
  return writeAndRead(trx, writes, () => rereadOrder(trx, orderId));
}

/** The id of a line's reservation: derived, so that every attempt and every resumed workflow makes the same row. */
export function reservationIdOf(orderId: string, line: number): string {
  return v5(String(line), orderId);
}

/** What the lines of an order come to, in minor units. */
export function totalOf(lines: readonly Pick<NewOrderLine, 'quantity' | 'unitPriceMinor'>[]): bigint {
  return lines.reduce((sum, { quantity, unitPriceMinor }) => sum + lineTotal(unitPriceMinor, quantity), 0n);
}

function rowOf(
  order: NewOrder & Pick<Parameters<typeof insertOrder>[1], 'status' | 'onShortage' | 'rescuedFrom'>,
  holdSeconds: number | null,
  cause: Cause,
): Parameters<typeof insertOrder>[1] {
  const { orderId, reference, rule, placedBy, lines, status, onShortage, rescuedFrom } = order;
  return {
    id: orderId,
    reference,
    quantity: quantityOf(lines),
    totalMinor: totalOf(lines),
    rule,
    placedBy,
    status,
    onShortage,
    rescuedFrom,
    holdSeconds,
    requestId: cause.requestId ?? orderId,
    lines: lines.map(({ line, product, quantity, missing, unitPriceMinor }) => {
      return { line, productId: product.id, quantity, missing, unitPriceMinor };
    }),
  };
}

function orderCreated({ orderId, lines, reference }: NewOrder, rescuedFrom: string | null): Change {
  return {
    action: 'ORDER_CREATED',
    objectType: 'Order',
    objectId: orderId,
    oldValue: null,
    newValue: {
      status: 'pending',
      quantity: quantityOf(lines),
      total: formatMoney(totalOf(lines)),
      ...(reference === null ? {} : { reference }),
      ...(rescuedFrom === null ? {} : { rescued_from: rescuedFrom }),
    },
  };
}

function quantityOf(lines: readonly NewOrderLine[]): number {
  return lines.reduce((sum, { quantity }) => sum + quantity, 0);
}
