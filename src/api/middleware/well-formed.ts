import type { Context } from 'koa';
import { ProblemError } from '../problems.ts';
import type { ApiMiddleware } from './context.ts';

/**
 * Refuses what HTTP/1.1 demands be refused: a request that names no host, which Node would refuse without a request_id, and one
 * whose target is no address, on which Koa would fail.
 */
export const wellFormed: ApiMiddleware = async (ctx, next) => {
  if (!hasPath(ctx)) {
    // Whoever logs or answers this request asks for its path again.
    ctx.req.url = '/';
    throw new ProblemError('malformed-request', 'The target of the request is not an address.');
  }
  if (ctx.req.httpVersion === '1.1' && ctx.req.headers.host === undefined) {
    throw new ProblemError('malformed-request', 'The request has no Host header.');
  }
  await next();
};

function hasPath(ctx: Pick<Context, 'path'>): boolean {
  try {
    return typeof ctx.path === 'string';
  } catch {
    return false;
  }
}
