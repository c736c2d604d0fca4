import { errors, jwtVerify, type JWTPayload, type JWTVerifyOptions, type JWTVerifyResult } from 'jose';
import { limits } from '../../domain/limits.ts';
import { mayActAs, provenActors, roles, type Identity, type Role } from '../../domain/identity.ts';
import { ProblemError } from '../problems.ts';
import { isRecord, keySetAt, type KeySetPatience } from './key-set.ts';
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

/** Who a token is from: visible ASCII, as every actor. */
const subject = new RegExp(
  `^[\\x21-\\x7e](?:[\\x20-\\x7e]{0,${limits.actor - provenActors.token.length - 2}}[\\x21-\\x7e])?$`,
);

export type IdentifyByToken = (token: string) => Promise<Identity>;

/**
 * Believes JSON Web Tokens that are signed by a key of the key set at an address, for this audience, by this issuer, and not expired.
 * Nothing that a token names is fetched or opened: `jku`, `x5u` and `kid` are at most compared.
 */
export function tokenIdentifier(rules: TokenRules, patience: Partial<KeySetPatience> = {}): IdentifyByToken {
  const keys = keySetAt(rules.jwksUrl, patience);
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
