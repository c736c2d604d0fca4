import type { JSX } from 'preact';
import type { OrderStatus } from '../../domain/order-status.ts';
import { inWords } from './words.ts';

/** The state of an order, in words and in colour. One that is pending without units waits. */
export function Status({
  status,
  isWaiting = false,
}: {
  readonly status: OrderStatus;
  readonly isWaiting?: boolean;
}): JSX.Element {
  const shown = isWaiting && status === 'pending' ? 'waiting' : status;
  return <span class={`status status-${shown}`}>{inWords(shown)}</span>;
}
