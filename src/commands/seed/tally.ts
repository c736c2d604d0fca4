import type { OrderOutcome } from './play-order.ts';

/** Counts of how orders and reservations ended, by their names. */
export class Tally {
  readonly #counts = new Map<string, number>();

  add(name: string): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1);
  }

  /** A line of it, in the order of these names and then of the first time that others came; none of what there is none of. */
  line(names: readonly string[]): string {
    const all = [...new Set([...names, ...this.#counts.keys()])].filter((name) => this.#counts.has(name));
    return all.length === 0 ? 'none' : all.map((name) => `${this.#counts.get(name)} ${name}`).join(', ');
  }
}

/** In which order the states of orders are told. */
export const stateNames = [
  'pending',
  'waiting',
  'confirmed',
  'processing',
  'shipped',
  'delivered',
  'cancelled on request',
  'cancelled by expiry',
];

/** What a reader calls the state of an order. */
export function stateOf({ order }: OrderOutcome): string {
  if (typeof order === 'string') return `refused (${order})`;
  if (order.status === 'cancelled') {
    return order.cancel_reason === 'expired' ? 'cancelled by expiry' : 'cancelled on request';
  }
  return order.waiting === null ? order.status : 'waiting';
}

/** Whether an order got units, but not all that it was for. */
export function isPartial({ order }: OrderOutcome): boolean {
  if (typeof order === 'string' || order.waiting !== null) return false;
  return order.lines.some(({ reserved_quantity: got, ordered_quantity: wanted }) => got < wanted);
}
