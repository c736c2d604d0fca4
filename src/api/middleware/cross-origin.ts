import cors from '@koa/cors';
import type { ApiMiddleware } from './context.ts';

/** Seconds that a browser may remember what it was allowed. */
const preflightAge = 600;

/** Lets the pages of some origins use the API from a browser (CORS). */
export function crossOrigin(origins: readonly string[]): ApiMiddleware {
  const allow = cors({
    origin: ({ req }) => origins.find((origin) => origin === req.headers.origin) ?? '',
    allowMethods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    allowHeaders: ['Authorization', 'Content-Type', 'Idempotency-Key', 'Prefer', 'X-Actor', 'X-Request-Id'],
    exposeHeaders: [
      ...['X-Request-Id', 'Location', 'Retry-After', 'Idempotent-Replayed', 'Preference-Applied'],
      ...['WWW-Authenticate', 'RateLimit', 'RateLimit-Policy'],
    ],
    maxAge: preflightAge,
  }) as unknown as ApiMiddleware;
  return async (ctx, next) => {
    let wentOn = false;
    await allow(ctx, async () => {
      wentOn = true;
      await next();
    });
    // A preflight is an OPTIONS like any other: with Allow, and with 404 where nothing is.
    if (!wentOn) await next();
  };
}
