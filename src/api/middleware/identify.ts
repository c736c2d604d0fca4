import type { Identity } from '../../domain/identity.ts';
import type { Authenticate } from '../credentials/authenticator.ts';
import { isOfConsole } from '../console-views.ts';
import { refusedCredentials } from '../credentials/refused-credentials.ts';
import { inTime } from '../deadline.ts';
import { Gate } from '../gate.ts';
import { ProblemError } from '../problems.ts';
import type { Allowance } from '../rate-limits.ts';
import { addressOf } from './address.ts';
import type { ApiContext, ApiMiddleware } from './context.ts';
import { isHealth } from './health-paths.ts';

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

/**
 * Finds out who calls, from the header Authorization. Without one the caller is nobody, who may use what is public; wrong ones are
 * refused wherever they are sent, so that a caller learns of it at once. Health is asked by machines and looks at no credentials, nor do the
 * pages of the console, on which people sign in.
 * @param failures wrong credentials that an address may send; right ones are let in all the same, since others may share the address
 */
export function identify(authenticate: Authenticate, failures: Allowance): ApiMiddleware {
  const gate = new Gate(suspects);
  return async (ctx, next) => {
    const { authorization } = ctx.req.headers;
    if (authorization !== undefined && !isHealth(ctx.path) && !isOfConsole(ctx.path)) {
      const began = performance.now();
      const address = addressOf(ctx);
      const look = () => authenticate(onlyOne(ctx, authorization));
      try {
        const looking = failures.isSpent(address) ? gate.pass(look) : look();
        ctx.state.identity = await inTime(looking, { isRead: true, hasKey: false });
      } catch (error) {
        ctx.state.notes['address'] = address;
        if (error instanceof ProblemError && refusals.includes(error.code)) await failures.take(ctx, address);
        throw error;
      }
      ctx.state.notes['actor'] = ctx.state.identity.actor;
      if (ctx.state.identity.keyId !== undefined) ctx.state.notes['key_id'] = ctx.state.identity.keyId;
      ctx.state.spentMs = performance.now() - began;
    }
    await next();
  };
}

/** Node hands out the first of several headers. A proxy may have looked at another. */
function onlyOne({ req }: ApiContext, authorization: string): string {
  if ((req.headersDistinct['authorization']?.length ?? 0) < 2) return authorization;
  throw refusedCredentials('The header Authorization is given more than once.');
}
