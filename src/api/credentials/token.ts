import {
  createRemoteJWKSet,
  customFetch,
  errors,
  jwtVerify,
  type FetchImplementation,
  type JWTPayload,
  type JWTVerifyOptions,
  type JWTVerifyResult,
} from 'jose';
import { limits } from '../../domain/limits.ts';
import { mayActAs, provenActors, roles, type Identity, type Role } from '../../domain/identity.ts';
import { ProblemError } from '../problems.ts';
import { refusedCredentials } from './refused-credentials.ts';

/** Which tokens are believed. */
export interface TokenRules {
  readonly jwksUrl: string;
  readonly issuer: string;
  readonly audience: string;
  /** Asymmetric ones. Whatever a token says of itself, it is checked with one of these and with a key that is for it. */
  readonly algorithms: readonly string[];
  readonly roleClaim: string;
  readonly toleranceSeconds: number;
}

/** Milliseconds. */
export interface KeySetPatience {
  /** For the key set to arrive. */
  readonly fetch: number;
  /** Between two looks for a key that is not in the set: tokens with made-up key ids must not become requests to somebody else. */
  readonly cooldown: number;
  /** After which the set is fetched again: so long is a key believed that was taken out of it. */
  readonly maxAge: number;
  /** How long the last good set is believed while its address does not answer. */
  readonly outage: number;
  /** After an address did not answer, until it is asked again: tokens of strangers must not keep it busy. */
  readonly pause: number;
}

const usualPatience: KeySetPatience = {
  fetch: 2_000,
  cooldown: 10_000,
  maxAge: 600_000,
  outage: 3_600_000,
  pause: 1_000,
};

/** Bytes: room for hundreds of keys with certificates. */
const largestKeySet = 512 * 1024;

/** Who a token is from: visible ASCII, as every actor. */
const subject = new RegExp(
  `^[\\x21-\\x7e](?:[\\x20-\\x7e]{0,${limits.actor - provenActors.token.length - 2}}[\\x21-\\x7e])?$`,
);

export type IdentifyByToken = (token: string) => Promise<Identity>;

/**
 * Believes JSON Web Tokens that are signed by a key of the key set at an address, for this audience, by this issuer, and not expired.
 * Nothing that a token names is fetched or opened: `jku`, `x5u` and `kid` are at most compared.
 */
export function tokenIdentifier(rules: TokenRules, given: Partial<KeySetPatience> = {}): IdentifyByToken {
  const { fetch, cooldown, maxAge, outage, pause } = { ...usualPatience, ...given };
  const keys = createRemoteJWKSet(new URL(rules.jwksUrl), {
    timeoutDuration: fetch,
    cooldownDuration: cooldown,
    cacheMaxAge: maxAge,
    // What is remembered counts as fetched just now, and so is believed for as long again.
    [customFetch]: rememberingFetch({ outage: Math.max(0, outage - maxAge), pause }),
  });
  const checks = {
    algorithms: [...rules.algorithms],
    issuer: rules.issuer,
    audience: rules.audience,
    clockTolerance: rules.toleranceSeconds,
    requiredClaims: ['exp', 'sub'],
  };
  return async (token) => {
    const { payload } = await jwtVerify(token, keys, checks)
      .catch((error: unknown) => verifyWithEach(error, token, checks))
      .catch((error: unknown) => {
        throw isNotItsFault(error) ? withoutKeys(error) : refusedCredentials(reasonOf(error));
      });
    // As any JSON it can be: a number or a list would be tested as the text that it becomes.
    const sub: unknown = payload.sub;
    if (typeof sub !== 'string' || !subject.test(sub))
      throw refusedCredentials('The subject of the token cannot be a name here.');
    return { actor: `${provenActors.token}${sub}`, role: roleIn(payload, rules.roleClaim), isProven: true };
  };
}

/**
 * A token that names no key, while several could be meant, as when one takes the place of another: it is checked with each.
 * @throws the error when it is another one; that of the last key when none fits
 */
async function verifyWithEach(ambiguous: unknown, token: string, checks: JWTVerifyOptions): Promise<JWTVerifyResult> {
  if (!(ambiguous instanceof errors.JWKSMultipleMatchingKeys)) throw ambiguous;
  let why: unknown = ambiguous;
  for await (const key of ambiguous) {
    try {
      return await jwtVerify(token, key, checks);
    } catch (failure) {
      why = failure;
    }
    if (!(why instanceof errors.JWSSignatureVerificationFailed)) throw why;
  }
  throw why;
}

/** Fetches, and where that fails answers with what it got the last time, for a while. */
function rememberingFetch({ outage, pause }: Pick<KeySetPatience, 'outage' | 'pause'>): FetchImplementation {
  let last: { readonly body: string; readonly at: number } | undefined;
  let failed: { readonly why: unknown; readonly at: number } | undefined;
  return async (url, options) => {
    try {
      if (failed !== undefined && Date.now() - failed.at < pause) throw failed.why;
      const body = await textOf(await fetch(url, options));
      // Looked at here: what is no key set must not take the place of one.
      if (!isKeySet(JSON.parse(body))) throw new Error('It is no key set');
      last = { body, at: Date.now() };
      failed = undefined;
    } catch (error) {
      if (failed?.why !== error) failed = { why: error, at: Date.now() };
      if (last === undefined || Date.now() - last.at > outage) throw error;
    }
    return new Response(last.body);
  };
}

/** The body of a key set's address. @throws Error when it answers something else than 200, or with too much */
async function textOf({ status, body }: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    if (status !== 200 || body === null) throw new Error(`The key set's address answers ${status}`);
    // Counted as it arrives, unpacked: leaving the loop ends the connection.
    for await (const chunk of body) {
      size += chunk.byteLength;
      if (size > largestKeySet) throw new Error(`The key set is larger than ${largestKeySet} bytes`);
      chunks.push(chunk);
    }
  } catch (error) {
    await body?.cancel().catch(() => undefined);
    throw error;
  }
  return Buffer.concat(chunks).toString('utf8');
}

function isKeySet(value: unknown): boolean {
  if (!isRecord(value) || !Array.isArray(value['keys'])) return false;
  return value['keys'].every(isRecord);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Whether it was the keys that could not be had, and nothing is known of the token. */
function isNotItsFault(error: unknown): boolean {
  if (!(error instanceof errors.JOSEError)) return true;
  return (
    error instanceof errors.JWKSTimeout || error instanceof errors.JWKSInvalid || error.code === 'ERR_JOSE_GENERIC'
  );
}

function withoutKeys(cause: unknown): ProblemError {
  return new ProblemError(
    'unavailable',
    'The keys to check the token with cannot be had just now. Try again in a moment.',
    { cause },
  );
}

function reasonOf(error: unknown): string {
  if (error instanceof errors.JWTExpired) return 'The token has expired.';
  if (error instanceof errors.JWTClaimValidationFailed)
    return `The claim ${asciiOf(error.claim)} of the token is not as it must be.`;
  if (error instanceof errors.JOSEAlgNotAllowed) return 'The token is signed with an algorithm that is not allowed.';
  if (error instanceof errors.JWKSNoMatchingKey) return 'The token is signed with a key that is not in the key set.';
  return 'The token is malformed or its signature is wrong.';
}

function asciiOf(text: string): string {
  return text.replaceAll(/[^\w.-]/g, '');
}

/**
 * The highest role that a token names.
 * @throws ProblemError forbidden when it names none: the token is good, and good for nothing here
 */
function roleIn(payload: JWTPayload, claim: string): Role {
  const named = [claimOf(payload, claim)].flat();
  const role = roles.filter((role) => named.includes(role)).reduce<Role | undefined>(higher, undefined);
  if (role === undefined) {
    throw new ProblemError(
      'forbidden',
      `The token names no role: its claim ${claim} must be one of ${roles.join(', ')}.`,
      {
        members: { needed: 'viewer', role: null },
      },
    );
  }
  return role;
}

function higher(one: Role | undefined, other: Role): Role {
  return one !== undefined && mayActAs(one, other) ? one : other;
}

/** A claim by its name, or inside others along the dots in it. */
function claimOf(payload: JWTPayload, claim: string): unknown {
  if (Object.hasOwn(payload, claim)) return payload[claim];
  return claim
    .split('.')
    .reduce<unknown>(
      (value, name) => (isRecord(value) && Object.hasOwn(value, name) ? value[name] : undefined),
      payload,
    );
}
