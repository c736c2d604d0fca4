import type { Knex } from 'knex';
import type { Identity } from '../../domain/identity.ts';
import { identifyByKey, keyPrefix } from './api-key.ts';
import { refusedCredentials } from './refused-credentials.ts';
import type { IdentifyByToken } from './token.ts';

/** Finds out who sends an Authorization header. @throws ProblemError unauthenticated, forbidden, unavailable */
export type Authenticate = (authorization: string) => Promise<Identity>;

/** RFC 6750, 2.1. */
const bearer = /^Bearer +([\w\-.~+/]+=*) *$/i;

/** Knows callers by API keys, and by tokens where there are rules for them. */
export function authenticator(db: Knex, identifyByToken?: IdentifyByToken): Authenticate {
  return async (authorization) => {
    const [, text] = bearer.exec(authorization) ?? [];
    if (text === undefined) throw refusedCredentials('The header Authorization must be Bearer and a key or a token.');
    if (text.startsWith(keyPrefix)) return identifyByKey(db, text);
    if (identifyByToken === undefined) throw refusedCredentials('This is not an API key of Earmark.');
    return identifyByToken(text);
  };
}
