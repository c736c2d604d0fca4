import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import type { WakeWaiting } from './domain/waiting.ts';
import { orderWorkflowId, turnSignal } from './workflows/messages.ts';

/** Milliseconds that Temporal gets to take a signal. */
const patience = 2_000;

/**
 * Wakes waiting orders by a signal to their workflows. A signal that does not get through is only logged: whatever freed the units is done
 * and must not hang on somebody else's order. The clean-up schedule wakes again.
 */
export function wakeOrders(client: Client, log: { warn: (fields: object, message: string) => void }): WakeWaiting {
  return async (orderIds) => {
    await Promise.all(
      orderIds.map(async (orderId) => {
        try {
          const handle = client.workflow.getHandle(orderWorkflowId(orderId));
          await client.connection.withDeadline(Date.now() + patience, () => handle.signal(turnSignal));
        } catch (err) {
          const gone = err instanceof WorkflowNotFoundError;
          const why = gone
            ? 'its workflow has ended: should it still wait, earmark reconcile --repair starts it again'
            : 'Temporal did not take the signal: the clean-up schedule sends it again';
          log.warn(
            { order_id: orderId, ...(gone ? {} : { err }) },
            `A waiting order was not told that it is its turn, ${why}`,
          );
        }
      }),
    );
  };
}
