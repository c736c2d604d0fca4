import type { Knex } from 'knex';
import type { ApiKey, Role } from '../domain/identity.ts';
import type { Queryable, Transaction } from './database.ts';
import { readPage, type Page, type PageRequest } from './keyset.ts';

/** A key and what its secret is recognised by. */
export interface StoredKey {
  readonly key: ApiKey;
  /** SHA-256 of the secret. */
  readonly hash: Buffer;
  /** By the database's clock. */
  readonly isExpired: boolean;
}

interface KeyRow {
  id: string;
  name: string;
  role: Role;
  hash: Buffer;
  created_by: string;
  created_at: Date;
  expires_at: Date | null;
  revoked_at: Date | null;
  is_expired: boolean;
}

/** The write of a new key. */
export function insertKey(
  trx: Transaction,
  key: Pick<ApiKey, 'id' | 'name' | 'role' | 'createdBy'> & { readonly hash: Buffer; readonly expiresAt: Date | null },
): Knex.QueryBuilder {
  const { id, name, role, hash, createdBy, expiresAt } = key;
  return trx('api_keys').insert({ id, name, role, hash, created_by: createdBy, expires_at: expiresAt });
}

/** The write that ends a key. */
export function revokeKey(trx: Transaction, id: string): Knex.QueryBuilder {
  return trx('api_keys').where({ id }).whereNull('revoked_at').update({ revoked_at: trx.fn.now() });
}

/** @param lock whether the caller is going to change it */
export async function readKey(db: Queryable, id: string, lock?: 'for update'): Promise<StoredKey | undefined> {
  const query = db<KeyRow>('api_keys').where({ id }).first<KeyRow | undefined>(columns(db));
  const row = await (lock === undefined ? query : query.forUpdate());
  return row && { key: presentKey(row), hash: row.hash, isExpired: row.is_expired };
}

/** Keys, newest first, those that are good no more among them. */
export async function listKeys(db: Queryable, page: PageRequest): Promise<Page<ApiKey>> {
  return readPage(
    db('api_keys').select(columns(db)),
    {
      keys: [
        { column: 'created_at', type: 'timestamptz' },
        { column: 'id', type: 'text' },
      ],
      direction: 'desc',
      position: ({ created_at, id }: KeyRow) => [created_at.toISOString(), id],
    },
    page,
    presentKey,
  );
}

/** Whether somebody could get in with a key. */
export async function hasGoodKey(db: Queryable): Promise<boolean> {
  const good = db('api_keys')
    .whereNull('revoked_at')
    .where((query) => void query.whereNull('expires_at').orWhere('expires_at', '>', db.fn.now()));
  return (await good.first('id')) !== undefined;
}

function columns(db: Queryable): (string | Knex.Raw)[] {
  const isExpired = db.raw('coalesce(expires_at <= now(), false) AS is_expired');
  return ['id', 'name', 'role', 'hash', 'created_by', 'created_at', 'expires_at', 'revoked_at', isExpired];
}

function presentKey(row: KeyRow): ApiKey {
  return {
    id: row.id,
    name: row.name,
    role: row.role,
    createdBy: row.created_by,
    createdAt: row.created_at.toISOString(),
    expiresAt: row.expires_at?.toISOString() ?? null,
    revokedAt: row.revoked_at?.toISOString() ?? null,
  };
}
