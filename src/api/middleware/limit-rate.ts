import type { Allowance } from '../rate-limits.ts';
import { addressOf } from './address.ts';
import type { ApiMiddleware } from './context.ts';
import { isHealth } from './health-paths.ts';

/** Turns callers away that ask too much: each credential has an allowance of its own, and so has each address without one. */
export function limitRate(requests: Allowance): ApiMiddleware {
  return async (ctx, next) => {
    const { identity } = ctx.state;
    if (!isHealth(ctx.path)) {
      const began = performance.now();
      await requests.take(ctx, identity?.isProven ? identity.actor : addressOf(ctx));
      ctx.state.spentMs = (ctx.state.spentMs ?? 0) + performance.now() - began;
    }
    await next();
  };
}
