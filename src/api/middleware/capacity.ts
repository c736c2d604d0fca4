import { ProblemError } from '../problems.ts';
import type { ApiMiddleware } from './context.ts';
import { isHealth } from './health-paths.ts';

/**
 * Turns requests away while `most` others are being answered. Each of them waits for a connection or a workflow: more would
 * only wait longer, until all give up.
 */
export function capacity(most: number): ApiMiddleware {
  let inFlight = 0;
  return async (ctx, next) => {
    if (isHealth(ctx.path)) return next();
    if (inFlight >= most) {
      throw new ProblemError('unavailable', `There are ${most} requests in flight already. Try again in a moment.`);
    }
    inFlight += 1;
    try {
      await next();
    } finally {
      inFlight -= 1;
    }
  };
}
