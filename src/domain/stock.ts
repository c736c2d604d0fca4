import { DomainError } from './errors.ts';
import { limits } from './limits.ts';
import type { ReservationEnding } from './reservation.ts';

/** Units of one product in one warehouse. `total = available + reserved`, none below zero. */
export interface StockFigures {
  readonly total: number;
  readonly available: number;
  readonly reserved: number;
}

/** A level without units, and one that is not there yet. */
export const noStock: StockFigures = { total: 0, available: 0, reserved: 0 };

/** What one movement does to the three figures of a stock level. */
export interface StockDelta {
  readonly total: number;
  readonly available: number;
  readonly reserved: number;
}

/** The ways stock moves, each as the change that `quantity` units make. Nothing else may change a stock level. */
export const stockMoves = {
  /** Units leave `available` for a reservation. */
  reserve: (quantity: number): StockDelta => ({ total: 0, available: -quantity, reserved: quantity }),
  /** A reservation ends without a sale: its units are available again. */
  giveBack: (quantity: number): StockDelta => ({ total: 0, available: quantity, reserved: -quantity }),
  /** A reservation is confirmed: its units leave the shop. */
  fulfil: (quantity: number): StockDelta => ({ total: -quantity, available: 0, reserved: -quantity }),
  /** A confirmed order is cancelled before processing: its units come back. */
  restock: (quantity: number): StockDelta => ({ total: quantity, available: quantity, reserved: 0 }),
  /** Units leave one warehouse for another. */
  transferOut: (quantity: number): StockDelta => ({ total: -quantity, available: -quantity, reserved: 0 }),
  /** Units arrive from another warehouse. */
  transferIn: (quantity: number): StockDelta => ({ total: quantity, available: quantity, reserved: 0 }),
  /** Delivered units are sent back and can be sold again. */
  takeBack: (quantity: number): StockDelta => ({ total: quantity, available: quantity, reserved: 0 }),
  /** Units are counted in (positive) or out (negative) by hand. */
  adjust: (delta: number): StockDelta => ({ total: delta, available: delta, reserved: 0 }),
} satisfies Record<string, (quantity: number) => StockDelta>;

/** What a reservation has done to a stock level by now, since before it was made. What was given back has done nothing. */
export function effectOfReservation(endedAs: ReservationEnding | null, quantity: number): StockDelta {
  if (endedAs === null) return stockMoves.reserve(quantity);
  const ended = endedAs === 'confirmed' ? stockMoves.fulfil(quantity) : stockMoves.giveBack(quantity);
  return sumOf(stockMoves.reserve(quantity), ended);
}

/** What moves a level on when a reservation turns out to have ended another way. */
export function correctionOfReservation(
  from: ReservationEnding | null,
  to: ReservationEnding | null,
  quantity: number,
): StockDelta {
  const { total, available, reserved } = effectOfReservation(from, quantity);
  return sumOf(effectOfReservation(to, quantity), { total: -total, available: -available, reserved: -reserved });
}

/** Two changes of one level, one after the other. */
export function sumOf(a: StockDelta, b: StockDelta): StockDelta {
  return { total: a.total + b.total, available: a.available + b.available, reserved: a.reserved + b.reserved };
}

/**
 * The figures after a movement.
 * @param warehouse the code of the level's warehouse, for the refusal
 * @throws DomainError stock-conflict when a figure would fall below zero or the total would exceed 2^31 − 1
 */
export function applyDelta(figures: StockFigures, delta: StockDelta, warehouse: string): StockFigures {
  const after = {
    total: figures.total + delta.total,
    available: figures.available + delta.available,
    reserved: figures.reserved + delta.reserved,
  };
  const conflict = after.available < 0 || after.reserved < 0 || after.total < 0 || after.total > limits.stock;
  if (conflict) {
    const { total, available, reserved } = figures;
    const units = available === 1 ? '1 unit' : `${available} units`;
    const why = after.total > limits.stock ? `, since the total would exceed ${limits.stock}` : '';
    const message =
      `${warehouse} has ${units} available of ${total} (${reserved} reserved): ` +
      `it cannot change by ${delta.available}${why}.`;
    throw new DomainError('stock-conflict', message, { total, reserved, delta: delta.available, warehouse });
  }
  return after;
}
