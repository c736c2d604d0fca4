import type { Identity } from '../../domain/identity.ts';
import type { Authenticate } from '../credentials/authenticator.ts';
import { refusedCredentials } from '../credentials/refused-credentials.ts';
import { inTime } from '../deadline.ts';
import { ProblemError } from '../problems.ts';
import type { Allowance } from '../rate-limits.ts';
import { addressOf } from './address.ts';
import type { ApiMiddleware } from './context.ts';
import { isHealth } from './health-paths.ts';

/** Everybody, while the API is open: whatever name they give themselves. */
const anybody: Identity = { actor: 'anonymous', role: 'admin', isProven: false };

/** Lets everybody do everything. */
export const anybodyMay: ApiMiddleware = async (ctx, next) => {
  ctx.state.identity = anybody;
  await next();
};

/**
 * Finds out who calls, from the header Authorization. Without one the caller is nobody, who may use what is public; wrong ones are
 * refused wherever they are sent, so that a caller learns of it at once. Health is asked by machines and looks at no credentials.
 * @param failures wrong credentials that an address may send; right ones are let in all the same, since others may share the address
 */
export function identify(authenticate: Authenticate, failures: Allowance): ApiMiddleware {
  return async (ctx, next) => {
    const { authorization } = ctx.req.headers;
    if (authorization !== undefined && !isHealth(ctx.path)) {
      try {
        // Node hands out the first of several. A proxy may have looked at another.
        if ((ctx.req.headersDistinct['authorization']?.length ?? 0) > 1)
          throw refusedCredentials('The header Authorization is given more than once.');
        ctx.state.identity = await inTime(authenticate(authorization), { isRead: true, hasKey: false });
      } catch (error) {
        if (error instanceof ProblemError && error.code === 'unauthenticated') {
          ctx.state.notes['address'] = ctx.ip;
          await failures.take(ctx, addressOf(ctx));
        }
        throw error;
      }
      ctx.state.notes['actor'] = ctx.state.identity.actor;
    }
    await next();
  };
}
