import type { Router } from '@koa/router';
import { ProblemError } from '../problems.ts';
import type { ApiMiddleware, RequestState } from './context.ts';

/**
 * Answers what no route takes: an address that does not exist is 404; OPTIONS of one that does is 204, another method 405, both
 * with Allow.
 */
export function methods(router: Router<RequestState>): ApiMiddleware {
  return async (ctx, next) => {
    const { path, route } = router.match(ctx.path, ctx.method);
    if (path.length === 0) throw new ProblemError('not-found', `There is nothing at ${ctx.path}.`);
    if (route) return next();

    const allowed = new Set(['OPTIONS', ...path.flatMap((layer) => layer.methods)]);
    const allow = Array.from(allowed).toSorted().join(', ');
    if (ctx.method !== 'OPTIONS') {
      throw new ProblemError('method-not-allowed', `${ctx.method} is not possible here, only ${allow}.`, {
        headers: { Allow: allow },
      });
    }
    ctx.status = 204;
    ctx.set('Allow', allow);
  };
}
