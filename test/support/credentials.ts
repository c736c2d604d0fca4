import type { Knex } from 'knex';
import { createApiKey } from '../../src/api/credentials/api-key.ts';
import { authenticator } from '../../src/api/credentials/authenticator.ts';
import type { KeySetPatience } from '../../src/api/credentials/key-set.ts';
import { tokenIdentifier, type TokenRules } from '../../src/api/credentials/token.ts';
import type { Cause } from '../../src/domain/audit.ts';
import type { Role } from '../../src/domain/identity.ts';
import { startApi, type TestApi, type TestApiParts } from './api.ts';
import {
  makeSigningKey,
  rulesFor,
  signToken,
  startKeySetServer,
  type KeySetServer,
  type SigningKey,
} from './key-set.ts';

/** Who makes the keys of tests. */
export const keyMaker: Cause = { actor: 'cli:tests', requestId: null, workflowId: null };

/** An API that asks for credentials, with an issuer of tokens that it believes. */
export interface GuardedApi extends TestApi {
  readonly keySet: KeySetServer;
  readonly signingKey: SigningKey;
  /** Makes an API key. @returns what its holder sends in Authorization */
  key(role: Role, name?: string, expiresAt?: Date | null): Promise<Bearer>;
  /** Signs a token. @returns what its holder sends in Authorization */
  token(claims: Readonly<Record<string, unknown>>): Promise<Bearer>;
}

/** Credentials as the headers that send them. */
export interface Bearer {
  readonly Authorization: string;
}

export interface GuardedApiParts extends Omit<TestApiParts, 'access' | 'accessTo'> {
  readonly rules?: Partial<TokenRules>;
  readonly patience?: Partial<KeySetPatience>;
}

/** Starts an API that asks for credentials; wrong ones are limited only where a test says so. */
export async function startGuardedApi({
  rules = {},
  patience = {},
  ...parts
}: GuardedApiParts = {}): Promise<GuardedApi> {
  const keySet = await startKeySetServer();
  const signingKey = await makeSigningKey();
  keySet.publish(signingKey.jwk);
  const identify = tokenIdentifier(rulesFor(keySet, rules), patience);
  const rateLimits = { requests: null, failures: 1_000_000, store: 'memory' } as const;
  const api = await startApi({ rateLimits, ...parts, accessTo: (db) => authenticator(db, identify) }).catch(
    async (error: unknown) => {
      // A server that is left listening would keep the run from ending.
      await keySet.close();
      throw error;
    },
  );
  return {
    ...api,
    keySet,
    signingKey,
    key: (role, name = role, expiresAt = null) => makeKey(api.db, role, name, expiresAt),
    token: async (claims) => bearer(await signToken(signingKey, claims)),
    async stop() {
      await api.stop();
      await keySet.close();
    },
  };
}

/** Makes an API key. @returns what its holder sends in Authorization */
export async function makeKey(
  db: Knex,
  role: Role,
  name: string = role,
  expiresAt: Date | null = null,
): Promise<Bearer> {
  return bearer((await createApiKey(db, { name, role, expiresAt }, keyMaker)).text);
}

/** A key or token as the headers that send it. */
export function bearer(text: string): Bearer {
  return { Authorization: `Bearer ${text}` };
}

/** The public part of a key. */
export function keyIdOf({ Authorization }: Bearer): string {
  return Authorization.split('_')[1] ?? '';
}

/** The API as somebody with credentials uses it. */
export function actingAs<Api extends TestApi>(api: Api, { Authorization }: Bearer): Api {
  const by = (headers: Readonly<Record<string, string>> = {}) => ({ Authorization, ...headers });
  return {
    ...api,
    request: (method, path, options = {}) => api.request(method, path, { ...options, headers: by(options.headers) }),
    get: (path, options = {}) => api.get(path, { ...options, headers: by(options.headers) }),
    post: (path, body, headers) => api.post(path, body, by(headers)),
    put: (path, body, headers) => api.put(path, body, by(headers)),
  };
}
