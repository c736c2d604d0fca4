import { createHash } from 'node:crypto';
import { v4 as uuidv4, v5 as uuidv5, v7 as uuidv7 } from 'uuid';
import type { Claim } from '../workflows/messages.ts';
import { ProblemError, type FieldError } from './problems.ts';

/** The namespace of ids that are derived from idempotency keys; changing it would forget every key. */
const keyNamespace = '6f2d2c0e-9c55-4c7e-8f0a-3f6f0f6d7a11';

const visible = /^[\x21-\x7e]{8,255}$/;

/** One try at a POST or PUT. With an Idempotency-Key, a repeat has the same id and is recognised by its claim. */
export interface Attempt {
  /** For what the request makes, or as the id of its update: derived from caller, route and key, else new. */
  readonly id: string;
  /** Present with an Idempotency-Key. */
  readonly claim?: Claim;
  /** Told when the answer is the first one's, for the header Idempotent-Replayed. */
  readonly replayed: () => void;
}

/**
 * One part of an attempt that is carried out in several: a repeat of the attempt has the same parts.
 * @param replayed told when the part was carried out before
 */
export function partOf({ id, claim }: Attempt, part: number, replayed: () => void): Attempt {
  return { id: uuidv5(String(part), id), ...(claim === undefined ? {} : { claim }), replayed };
}

/** What is wrong with the header Idempotency-Key; undefined when nothing is, or there is none. */
export function keyError(key: string | undefined): FieldError | undefined {
  if (key === undefined || visible.test(key)) return undefined;
  return { path: 'Idempotency-Key', message: 'must be 8 to 255 visible ASCII characters' };
}

/**
 * Makes the attempt that a request is.
 * @param key the header Idempotency-Key, checked; undefined without one
 * @param route method and path, one spelling for each address
 * @param asked what the answer depends on: the checked body
 */
export function attemptOf(
  key: string | undefined,
  {
    caller,
    route,
    asked,
  }: { readonly caller: string | readonly string[]; readonly route: string; readonly asked: unknown },
  replayed: () => void,
): Attempt {
  if (key === undefined) return { id: uuidv7(), replayed };
  const id = uuidv5(JSON.stringify([caller, route, key]), keyNamespace);
  return { id, claim: { token: uuidv4(), fingerprint: fingerprintOf(asked) }, replayed };
}

/**
 * Compares an attempt with the one that was answered first.
 * @returns whether that was another one
 * @throws ProblemError idempotency-key-reused when the first one asked for something else
 */
export function isRepeat({ claim }: Attempt, first: Claim | undefined): boolean {
  // oxlint-disable-next-line earmark/no-open-comparison -- This token says which attempt it was, and opens nothing.
  if (claim === undefined || first === undefined || first.token === claim.token) return false;
  assertSameRequest(claim.fingerprint, first.fingerprint);
  return true;
}

/** @throws ProblemError idempotency-key-reused */
export function assertSameRequest(fingerprint: string, first: string): void {
  if (fingerprint === first) return;
  throw new ProblemError(
    'idempotency-key-reused',
    'This Idempotency-Key was sent before with another body. Send the same body, or use a new key.',
  );
}

/** The claim of an attempt, to be spread into what it sends. */
export function claimOf({ claim }: Attempt): { readonly claim?: Claim } {
  return claim === undefined ? {} : { claim };
}

function fingerprintOf(asked: unknown): string {
  const text = JSON.stringify(asked, (_, value: unknown) => (typeof value === 'bigint' ? value.toString() : value));
  return createHash('sha256').update(text).digest('base64url');
}
