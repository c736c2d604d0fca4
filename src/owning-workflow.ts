import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import type { OwningWorkflow } from './activities/clean-expired.ts';
import type { Holder } from './persistence/reservations.ts';
import { orderWorkflowId, reservationWorkflowId } from './workflows/messages.ts';

/** Milliseconds that Temporal gets to answer. */
const patience = 5_000;

/**
 * Asks Temporal about the workflow that owns an order's or a standalone reservation's units.
 * @throws when Temporal does not answer: that is not the same as "gone"
 */
export async function owningWorkflow(client: Client, holder: Holder): Promise<OwningWorkflow> {
  const workflowId =
    'orderId' in holder ? orderWorkflowId(holder.orderId) : reservationWorkflowId(holder.reservationId);
  try {
    const { status } = await client.connection.withDeadline(Date.now() + patience, () =>
      client.workflow.getHandle(workflowId).describe(),
    );
    return { workflowId, state: status.name === 'RUNNING' ? 'open' : 'closed' };
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return { workflowId, state: 'gone' };
    throw error;
  }
}
