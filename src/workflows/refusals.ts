import { ActivityFailure, ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common';
import { DomainError, isRefusalCode, type Refusal } from '../domain/errors.ts';
import type { Claim, Claimed } from './messages.ts';

/**
 * How a refusal of the domain crosses Temporal: a failure that is not retried, whose type is the refusal's code and whose first
 * detail is the refusal's details. Benign, since a refusal is an answer and no alarm.
 */
export function failureOf({ code, message, details }: Refusal | DomainError, claim?: Claim): ApplicationFailure {
  return ApplicationFailure.create({
    message,
    type: code,
    nonRetryable: true,
    details: claim === undefined ? [details] : [details, claim],
    category: ApplicationFailureCategory.BENIGN,
  });
}

/** The claim of an input, to be spread into an answer. */
export function claimIn({ claim }: { readonly claim?: Claim }): { readonly claim?: Claim } {
  return claim === undefined ? {} : { claim };
}

/**
 * Gives an update's answer, or its refusal, together with the claim of the request.
 * @throws ApplicationFailure the refusal; its second detail is the claim
 */
export async function answerClaim<T extends object>(
  claim: Claim | undefined,
  verdict: Promise<T>,
): Promise<Claimed<T>> {
  const outcome = await attempt(verdict);
  if ('refused' in outcome) throw failureOf(outcome.refused, claim);
  return { ...outcome.done, ...(claim && { claim }) };
}

/**
 * Makes an update's validator of a check that throws refusals or complaints about the payload. A plain Error would fail the
 * workflow task, which is then tried for ever.
 */
export function refusingEarly(check: (payload: unknown) => void): (payload: unknown) => void {
  return (payload) => {
    try {
      check(payload);
    } catch (error) {
      throw error instanceof DomainError ? failureOf(error) : malformed(error);
    }
  };
}

function malformed(error: unknown): ApplicationFailure {
  const message = error instanceof Error ? error.message : String(error);
  const category = ApplicationFailureCategory.BENIGN;
  return ApplicationFailure.create({ message, type: 'validation-failed', nonRetryable: true, category });
}

/** The refusal inside a failure that crossed Temporal, of an activity or of an update; undefined when it is no refusal. */
export function refusalOf(error: unknown): Refusal | undefined {
  const failure = error instanceof ActivityFailure ? error.cause : error;
  if (!(failure instanceof ApplicationFailure) || !isRefusalCode(failure.type)) return undefined;
  return { code: failure.type, message: failure.message, details: failure.details?.[0] } as Refusal;
}

/** What became of something that the domain may refuse. */
export type Outcome<T> = { readonly done: T } | { readonly refused: Refusal };

/** Runs work whose refusal is an answer; every other error is thrown on. */
export async function attempt<T>(work: Promise<T>): Promise<Outcome<T>> {
  try {
    return { done: await work };
  } catch (error) {
    const refused = refusalOf(error);
    if (refused === undefined) throw error;
    return { refused };
  }
}
