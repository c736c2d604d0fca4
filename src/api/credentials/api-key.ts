import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Knex } from 'knex';
import { provenActors, type ApiKey, type Identity, type Role } from '../../domain/identity.ts';
import type { Cause, Change } from '../../domain/audit.ts';
import { notFound } from '../../domain/errors.ts';
import { insertKey, readKey, revokeKey as writeRevocation, type StoredKey } from '../../persistence/api-keys.ts';
import { auditEntries } from '../../persistence/audit-log.ts';
import { writeTogether } from '../../persistence/database.ts';
import { refusedCredentials } from './refused-credentials.ts';

/** What keys begin with, so that people and secret scanners know one when they see it. */
export const keyPrefix = 'earmark_';

/** The id is public, the secret is not. */
const form = /^earmark_([a-z0-9]{12})_([A-Za-z0-9_-]{43})$/;

const idAlphabet = 'abcdefghijklmnopqrstuvwxyz234567';

export interface NewApiKey {
  readonly name: string;
  readonly role: Role;
  /** Null: it never expires. */
  readonly expiresAt: Date | null;
}

/**
 * Makes an API key and writes it down, without its secret.
 * @returns the key as callers send it, which nobody can read again
 */
export async function createApiKey(
  db: Knex,
  { name, role, expiresAt }: NewApiKey,
  cause: Cause,
): Promise<{ readonly key: ApiKey; readonly text: string }> {
  const id = Array.from(randomBytes(12), (byte) => idAlphabet[byte % idAlphabet.length]).join('');
  const secret = randomBytes(32).toString('base64url');
  const created: Change = {
    action: 'KEY_CREATED',
    objectType: 'ApiKey',
    objectId: id,
    oldValue: null,
    newValue: { name, role, expires_at: expiresAt?.toISOString() ?? null },
  };
  const key = await db.transaction(async (trx) => {
    const row = { id, name, role, hash: hashOf(secret), createdBy: cause.actor, expiresAt };
    await writeTogether(trx, [insertKey(trx, row), auditEntries(trx, [created], cause)]);
    return (await readKey(trx, id))?.key;
  });
  if (key === undefined) throw new Error(`Key ${id} was written and cannot be read`);
  return { key, text: `${keyPrefix}${id}_${secret}` };
}

/**
 * Revokes an API key: from the next request on it is refused. One that is revoked stays as it is.
 * @throws DomainError not-found
 */
export async function revokeApiKey(db: Knex, id: string, cause: Cause): Promise<ApiKey> {
  return db.transaction(async (trx) => {
    const found = (await readKey(trx, id, 'for update'))?.key;
    if (!found) throw notFound('Key', id);
    if (found.revokedAt !== null) return found;
    const { name, role, expiresAt } = found;
    const revoked: Change = {
      action: 'KEY_REVOKED',
      objectType: 'ApiKey',
      objectId: id,
      oldValue: { name, role, expires_at: expiresAt },
      newValue: null,
    };
    await writeTogether(trx, [writeRevocation(trx, id), auditEntries(trx, [revoked], cause)]);
    const after = (await readKey(trx, id))?.key;
    if (!after) throw new Error(`Key ${id} was written and cannot be read`);
    return after;
  });
}

/**
 * Whose key it is. It is looked up by its public part; the secret is compared by hash and in constant time, with something also where
 * there is no such key, so that the time it takes tells nothing of either.
 * @throws ProblemError unauthenticated; the error of the database when it does not answer
 */
export async function identifyByKey(db: Knex, text: string): Promise<Identity> {
  const [, id, secret] = form.exec(text) ?? [];
  if (id === undefined || secret === undefined) throw refusedCredentials('This is not an API key of Earmark.');
  const stored = await readKey(db, id);
  const isRight = timingSafeEqual(hashOf(secret), stored?.hash ?? nobodysHash);
  if (!stored || !isRight) throw refusedCredentials('There is no such API key.');
  return identityOf(stored);
}

/** What nobody's secret hashes to. */
const nobodysHash = Buffer.alloc(32);

function identityOf({ key: { id, name, role, revokedAt }, isExpired }: StoredKey): Identity {
  if (revokedAt !== null) throw refusedCredentials('This API key was revoked.');
  if (isExpired) throw refusedCredentials('This API key has expired.');
  return { actor: `${provenActors.key}${name}`, role, isProven: true, keyId: id };
}

function hashOf(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}
