import { v5 as uuidv5 } from 'uuid';
import type { Order } from '../domain/order.ts';
import { readOrder } from '../persistence/orders.ts';
import { currentRules, orderWorkflowId, type AskedBy } from '../workflows/messages.ts';
import { askWorkflow } from './ask-workflow.ts';
import { placeOrder, type Placing, type Starting } from './place.ts';

/** Milliseconds to ask whether Temporal still knows the workflow of an order that has been placed. */
const patience = 500;

/** Who confirms, and what is said with it. */
export interface Confirmation {
  readonly by: AskedBy;
  readonly reason?: string;
  /** Seconds, for the row of the new order: it is confirmed at once and holds nothing. */
  readonly holdSeconds: number;
}

/** The id of the order that takes the place of an expired one: derived, so that there is at most one and every caller finds the same. */
export function rescuingOrderId(expiredId: string): string {
  return uuidv5('rescue', expiredId);
}

/** Whether an order ended because nobody confirmed it in time: only such a one is placed again. */
export function isExpired({ status, cancelReason }: Order): boolean {
  return status === 'cancelled' && cancelReason === 'expired';
}

/**
 * Places an expired order again and confirms it, by a workflow of its own, and waits a while for that. Whoever asks, whenever and how often,
 * gets the answer that the first one got: it is the workflow's. No claim goes with it, since a repeat by somebody else is none of his key.
 * @throws DomainError reservation-expired
 */
export async function rescueOrder(
  starting: Starting,
  expired: Order,
  { by, reason, holdSeconds }: Confirmation,
): Promise<Placing<Order>> {
  const orderId = rescuingOrderId(expired.id);
  const kept = expired.rescuedBy === null ? undefined : await keptInItsRow(starting, expired.rescuedBy);
  if (kept) return { outcome: 'placed', value: kept };
  const { reference, allocation, region } = expired;
  const items = expired.lines.map(({ product, quantity }) => ({ productId: product.id, quantity }));
  const confirmedFor = reason === undefined ? {} : { reason };
  const asked = { items, holdSeconds, reference, allocation, region, rescuedFrom: expired.id, confirmedFor };
  const anybody = { id: orderId, replayed: () => undefined };
  return placeOrder(starting, { rules: currentRules, orderId, ...asked, ...by }, anybody);
}

/** The order as it is now, when Temporal has forgotten its workflow and with it the first answer: starting another would be for nothing. */
async function keptInItsRow({ db, client }: Starting, orderId: string): Promise<Order | undefined> {
  const described = await askWorkflow(client, patience, () =>
    client.workflow.getHandle(orderWorkflowId(orderId)).describe(),
  );
  return described.outcome === 'closed' ? readOrder(db, orderId) : undefined;
}
