import type { Identity } from '../../domain/identity.ts';
import { missingCredentials } from '../credentials/refused-credentials.ts';
import { defineRoute, type Route } from '../route.ts';
import { newSession, session, signedIn } from '../schemas/session.ts';
import { beginSession, endSession } from '../session-cookie.ts';

const path = '/api/session/';

const read = defineRoute({
  method: 'GET',
  path,
  operationId: 'getSession',
  access: 'viewer',
  tag: 'session',
  summary: 'Who calls, and what a page has to know of this API',
  responses: { 200: { description: 'The caller, by cookie or by header', data: session } },
  problems: [],
  handle: async ({ session: { identity } }, { client, config: { currency, holdSeconds, temporalUi } }) => {
    if (identity === undefined) throw missingCredentials();
    return {
      status: 200,
      data: {
        ...presentCaller(identity),
        temporal_ui_url: temporalUi?.url ?? null,
        namespace: client.options.namespace,
        currency,
        hold_seconds: holdSeconds,
      },
    };
  },
});

const begin = defineRoute({
  method: 'POST',
  path,
  operationId: 'signIn',
  access: 'public',
  tag: 'session',
  summary: 'Sign a browser in with an API key, which it then sends as a cookie',
  body: newSession,
  onlyLooks: true,
  responses: {
    200: {
      description: 'The key is good; while the API is open, no cookie is set',
      headers: ['Set-Cookie'],
      data: signedIn,
    },
  },
  problems: ['validation-failed'],
  handle: async ({ body: { key }, session: { signIn, isSecure } }) => {
    if (signIn === undefined) return { status: 200, data: { access: 'open', actor: null, role: 'admin' } };
    const identity = await signIn(key);
    return { status: 200, headers: { 'Set-Cookie': beginSession(key, isSecure) }, data: presentCaller(identity) };
  },
});

const end = defineRoute({
  method: 'DELETE',
  path,
  operationId: 'signOut',
  access: 'public',
  tag: 'session',
  summary: 'Take the cookie of a browser away, whatever is in it; its key stays good',
  onlyLooks: true,
  responses: { 204: { description: 'It is gone', headers: ['Set-Cookie'], empty: true } },
  problems: [],
  handle: async ({ session: { isSecure } }) => ({ status: 204, headers: { 'Set-Cookie': endSession(isSecure) } }),
});

export const sessionRoutes: readonly Route[] = [read, begin, end];

function presentCaller({ actor, role, isProven }: Identity) {
  return isProven
    ? ({ access: 'credentials', actor, role } as const)
    : ({ access: 'open', actor: null, role } as const);
}
