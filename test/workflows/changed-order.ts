import { sleep } from '@temporalio/workflow';
import { order as unchanged } from '../../src/workflows/order.ts';
import type { OrderEnding, OrderInput } from '../../src/workflows/messages.ts';

/** A change that running orders do not survive: something happens before the order is placed. */
export async function order(input: OrderInput): Promise<OrderEnding> {
  await sleep('1 second');
  return unchanged(input);
}
