import type { Client } from '@temporalio/client';
import type { DomainError } from '../domain/errors.ts';
import { refusalError } from './ask-workflow.ts';
import { ProblemError } from './problems.ts';
import { findPlacement } from './place.ts';

/**
 * Whether something that has no row is still being placed by its workflow; what was refused is not.
 * @throws ProblemError unavailable when Temporal does not answer
 */
export async function isBeingPlaced(client: Client, workflowId: string): Promise<boolean> {
  const placement = await findPlacement(client, workflowId);
  if (placement.outcome === 'unknown') throw unanswered();
  return placement.outcome === 'accepted';
}

/**
 * Returns when something that has no row is still being placed by its workflow.
 * @param missing thrown when there is no such workflow
 * @param orderId the order that a return has to be of. A workflow that was started for another one, or that says none, does not count
 * @throws DomainError the refusal that its creation would have been answered with
 * @throws ProblemError unavailable when Temporal does not answer
 */
export async function expectAccepted(
  client: Client,
  workflowId: string,
  missing: DomainError,
  orderId?: string,
): Promise<void> {
  const placement = await findPlacement(client, workflowId);
  if (placement.outcome === 'unknown') throw unanswered();
  if (placement.orderId !== orderId) throw missing;
  if (placement.outcome === 'refused') throw refusalError(placement.refusal);
  if (placement.outcome === 'none') throw missing;
}

function unanswered(): ProblemError {
  return new ProblemError('unavailable', 'Temporal did not answer in time whether this was accepted. Ask again.');
}
