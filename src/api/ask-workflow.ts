import {
  isGrpcServiceError,
  ServiceError,
  WorkflowExecutionAlreadyStartedError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
  type Client,
} from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { DomainError, type Refusal } from '../domain/errors.ts';
import type { Claim } from '../workflows/messages.ts';
import { refusalOf } from '../workflows/refusals.ts';
import { ProblemError } from './problems.ts';

/**
 * What asking a workflow came to. `refused`: the claim is that of the request whose refusal this is. `closed`: there is no open workflow of this id. `unknown`: no answer in time; what was asked
 * may have happened or may happen yet; `lost` when it did not reach the workflow, and may be sent again at once.
 */
export type Asked<T> =
  | { readonly outcome: 'answered'; readonly value: T }
  | { readonly outcome: 'refused'; readonly refusal: Refusal; readonly claim: Claim | undefined }
  | { readonly outcome: 'closed' }
  | { readonly outcome: 'unknown'; readonly lost?: true };

/** The failure of an update whose workflow ended first. */
const completedFirst = 'AcceptedUpdateCompletedWorkflow';

/**
 * The failure of an update that the worker's SDK dropped unseen. It does that at times when several come at once: it takes a task of a workflow
 * while the server still answers that the one before is complete.
 */
const unprocessed = 'UnprocessedUpdate';

/** gRPC codes that say nothing about the request; with the others, asking again would not help. */
const passingCodes = {
  CANCELLED: 1,
  UNKNOWN: 2,
  DEADLINE_EXCEEDED: 4,
  RESOURCE_EXHAUSTED: 8,
  /** Of an update, when its workflow could not end in the task that was to answer it: something else had come meanwhile. */
  FAILED_PRECONDITION: 9,
  ABORTED: 10,
  INTERNAL: 13,
  UNAVAILABLE: 14,
} as const;

const passing: ReadonlySet<number> = new Set(Object.values(passingCodes));

/**
 * Asks a workflow something, for a limited time.
 * @param patience milliseconds
 */
export async function askWorkflow<T>(client: Client, patience: number, ask: () => Promise<T>): Promise<Asked<T>> {
  try {
    return { outcome: 'answered', value: await client.withDeadline(Date.now() + patience, ask) };
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return { outcome: 'closed' };
    if (error instanceof WorkflowExecutionAlreadyStartedError) return { outcome: 'closed' };
    if (error instanceof WorkflowUpdateFailedError) return failedUpdate(error);
    if (isUnanswered(error)) return { outcome: 'unknown' };
    throw error;
  }
}

/**
 * The answer to a question, or the problem that its absence is.
 * @param judgeClosed answers, or throws, what asking a closed workflow means
 * @throws DomainError the refusal the workflow answered with
 * @throws ProblemError unavailable when there was no answer in time
 */
export async function answerOf<T, Closed = never>(
  asking: Promise<Asked<T>>,
  judgeClosed: () => Promise<Closed>,
): Promise<T | Closed> {
  const asked = await asking;
  if (asked.outcome === 'closed') return judgeClosed();
  if (asked.outcome === 'unknown') {
    throw new ProblemError('unavailable', 'The workflow did not answer in time. Repeating the request is safe.');
  }
  if (asked.outcome === 'refused') throw refusalError(asked.refusal);
  return asked.value;
}

/** The problem of something that is still open while its workflow is gone. */
export function orphaned(what: string): ProblemError {
  return new ProblemError(
    'unavailable',
    `The workflow of ${what} is gone. If it holds stock, clean-up gives it back once the hold is over.`,
  );
}

/** A refusal that was plain data, as the error it is. */
export function refusalError({ code, message, details }: Refusal): DomainError {
  return new DomainError(code, message, details);
}

function failedUpdate(error: WorkflowUpdateFailedError): Asked<never> {
  const { cause } = error;
  if (!(cause instanceof ApplicationFailure)) throw error;
  if (cause.type === completedFirst) return { outcome: 'closed' };
  if (cause.type === unprocessed) return { outcome: 'unknown', lost: true };
  const refusal = refusalOf(cause);
  if (refusal === undefined) throw error;
  return { outcome: 'refused', refusal, claim: cause.details?.[1] as Claim | undefined };
}

function isUnanswered(error: unknown): boolean {
  if (error instanceof WorkflowUpdateRPCTimeoutOrCancelledError) return true;
  const status = error instanceof ServiceError ? error.cause : error;
  return isGrpcServiceError(status) && passing.has(status.code);
}
