import type { Identity } from '../../domain/identity.ts';
import type { Authenticate } from '../credentials/authenticator.ts';
import { refusedCredentials } from '../credentials/refused-credentials.ts';
import { inTime } from '../deadline.ts';
import { Gate } from '../gate.ts';
import { ProblemError } from '../problems.ts';
import type { Allowance } from '../rate-limits.ts';
import { sessionKeysIn } from '../session-cookie.ts';
import { addressOf } from './address.ts';
import type { ApiContext, ApiMiddleware } from './context.ts';
import { isHealth } from './health-paths.ts';
import { assertOwnPage, mayChange } from './own-page.ts';

/** Everybody, while the API is open: whatever name they give themselves. */
const anybody: Identity = { actor: 'anonymous', role: 'admin', isProven: false };

/** Lets everybody do everything. */
export const anybodyMay: ApiMiddleware = async (ctx, next) => {
  ctx.state.identity = anybody;
  await next();
};

/** What those go through together whose address has sent too many wrong credentials: their guesses must not keep the database busy. */
const suspects = { working: 2, waiting: 30, patience: 1_000, of: 'wrong credentials' };

/** What nobody is let in with. That the database or a key set does not answer is not the caller's fault. */
const refusals: readonly string[] = ['unauthenticated', 'forbidden'];

/** API keys alone: a cookie holds no token, which its issuer keeps short-lived. */
const apiKey = /^earmark_[\w-]+$/;

/**
 * Finds out who calls, from the header Authorization, or without one from the cookie of a session. Without either the caller is nobody, who
 * may use what is public; wrong ones are refused wherever they are sent, so that a caller learns of it at once. Health is asked by machines
 * and looks at no credentials. A cookie is not looked at where everybody is let in: who has a wrong one can still begin or end a session.
 * @param failures wrong credentials that an address may send; right ones are let in all the same, since others may share the address
 * @param isPublic whether a request is for what everybody may use
 */
export function identify(
  authenticate: Authenticate,
  failures: Allowance,
  isPublic: (ctx: ApiContext) => boolean,
): ApiMiddleware {
  const gate = new Gate(suspects);
  const check = async (ctx: ApiContext, look: () => Promise<Identity>): Promise<Identity> => {
    const address = addressOf(ctx);
    try {
      const looking = failures.isSpent(address) ? gate.pass(look) : look();
      const identity = await inTime(looking, { isRead: true, hasKey: false });
      ctx.state.notes['actor'] = identity.actor;
      if (identity.keyId !== undefined) ctx.state.notes['key_id'] = identity.keyId;
      return identity;
    } catch (error) {
      ctx.state.notes['address'] = address;
      if (error instanceof ProblemError && refusals.includes(error.code)) await failures.take(ctx, address);
      throw error;
    }
  };
  const byKey = (key: string) => async (): Promise<Identity> => {
    if (apiKey.test(key)) return authenticate(`Bearer ${key}`);
    throw refusedCredentials(
      'This is not an API key of Earmark. Tokens are not taken here: send one in Authorization.',
    );
  };
  const lookFor = (ctx: ApiContext): (() => Promise<Identity>) | undefined => {
    const { authorization, cookie } = ctx.req.headers;
    if (isHealth(ctx.path)) return undefined;
    if (authorization !== undefined) return () => authenticate(onlyOne(ctx, authorization));
    const [key, ...more] = sessionKeysIn(cookie, ctx.secure);
    if (key === undefined || isPublic(ctx)) return undefined;
    if (mayChange(ctx)) assertOwnPage(ctx, 'is refused');
    if (more.length === 0) return byKey(key);
    return async () => {
      throw refusedCredentials('The cookie of the session is given more than once.');
    };
  };
  return async (ctx, next) => {
    // To begin or end the session of a browser is also for own pages alone: another could have somebody work under a name of its own.
    if (mayChange(ctx) && isPublic(ctx)) assertOwnPage(ctx, 'is taken');
    const look = lookFor(ctx);
    if (look !== undefined) {
      const began = performance.now();
      ctx.state.identity = await check(ctx, look);
      ctx.state.spentMs = performance.now() - began;
    }
    ctx.state.signIn = (key) => check(ctx, byKey(key));
    await next();
  };
}

/** Node hands out the first of several headers. A proxy may have looked at another. */
function onlyOne({ req }: ApiContext, authorization: string): string {
  if ((req.headersDistinct['authorization']?.length ?? 0) < 2) return authorization;
  throw refusedCredentials('The header Authorization is given more than once.');
}
