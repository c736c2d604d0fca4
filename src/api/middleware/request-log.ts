import type { Logger } from 'pino';
import type { ApiMiddleware } from './context.ts';

/** Writes one line for each request when it is answered, or given up by its caller. */
export function requestLog(log: Logger): ApiMiddleware {
  return async (ctx, next) => {
    const began = performance.now();
    await next();
    const { requestId, route, notes } = ctx.state;
    const line = {
      request_id: requestId,
      method: ctx.method,
      route: route ?? null,
      status: ctx.status,
      duration_ms: Math.round((performance.now() - began) * 10) / 10,
      ...(ctx.req.socket.destroyed ? { disconnected: true } : {}),
      ...notes,
    };
    log[ctx.status >= 500 ? 'error' : 'info'](line, `${ctx.method} ${ctx.path} ${ctx.status}`);
  };
}
