import type { Logger } from 'pino';
import { problemBody, problems } from '../problems.ts';
import { toProblem } from '../to-problem.ts';
import type { ApiMiddleware } from './context.ts';

/** Seconds after which a caller that was turned away may try again. */
const retryAfter = '1';

/** Turns whatever is thrown into a problem. The only place that does; what the caller must not see goes to the log. */
export function errors(log: Logger): ApiMiddleware {
  return async (ctx, next) => {
    try {
      await next();
    } catch (error) {
      const problem = toProblem(error);
      const { status } = problems[problem.code];
      const { requestId } = ctx.state;
      ctx.state.notes['code'] = problem.code;
      // Turned away, or told that somebody else is silent: the request's own line says so. In a rush there are thousands of them.
      if (status === 503 && problem.cause === undefined) ctx.state.notes['detail'] = problem.message;
      else if (status >= 500) log.error({ request_id: requestId, err: problem.cause ?? problem }, problem.message);
      ctx.status = status;
      if (status === 503) ctx.set('Retry-After', retryAfter);
      // Found out too early: what was to be repeated could not be read.
      if (status >= 500) ctx.remove('Idempotent-Replayed');
      ctx.set(problem.headers);
      ctx.type = 'application/problem+json';
      ctx.body = JSON.stringify(problemBody(problem, requestId));
    }
  };
}
