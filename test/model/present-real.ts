// What the real functions answer, in the shape in which the model does. Ids become names elsewhere.
import type { Order, OrderLine } from '../../src/domain/order.ts';
import type { Product } from '../../src/domain/product.ts';
import type { Reservation } from '../../src/domain/reservation.ts';
import type { Return } from '../../src/domain/return.ts';

export function presentOrder(order: Order): object {
  const { id, status, cancelReason, onShortage, placedBy, rescuedFrom, rescuedBy, waiting } = order;
  const { allocation: strategy, region, quantity, total, reservations, lines, expiresAt } = order;
  const [first] = reservations;
  return {
    order: id,
    status,
    cancelReason,
    how: { strategy, region },
    onShortage,
    placedBy,
    rescuedFrom,
    rescuedBy,
    place: waiting?.position ?? null,
    quantity,
    total,
    // Both begin and end by the clock of one transaction, so that what lies between is exact. Without a hold it has neither.
    lasts: expiresAt === null ? null : secondsFrom(first?.createdAt, expiresAt),
    items: lines.map(presentItem),
    lines: reservations.map(presentHold),
  };
}

export function presentHold(reservation: Reservation): object {
  const { id, productId: product, quantity, allocations, endedAs: ended, createdAt, expiresAt } = reservation;
  const from = Object.fromEntries(allocations.map(({ warehouse, quantity }) => [warehouse, quantity]));
  const extended = reservation.extendedSeconds;
  return { reservation: id, product, quantity, from, ended, extended, lasts: secondsFrom(createdAt, expiresAt) };
}

export function presentProduct({ active, totalStock, availableStock, reservedStock }: Product): object {
  return { active, total: totalStock, available: availableStock, reserved: reservedStock };
}

export function presentReturn({ id: back, orderId: order, line, productId, quantity, warehouse }: Return): object {
  return { back, order, line, product: productId, quantity, warehouse };
}

function presentItem({ line, product, orderedQuantity, quantity, reservedQuantity, unitPrice }: OrderLine): object {
  return {
    line,
    product: product.id,
    ordered: orderedQuantity,
    quantity,
    reserved: reservedQuantity,
    price: unitPrice,
  };
}

function secondsFrom(earlier: string | undefined, later: string): number {
  return (Date.parse(later) - Date.parse(earlier ?? '')) / 1000;
}
