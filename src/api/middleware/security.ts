import helmet from 'koa-helmet';
import type { ApiMiddleware } from './context.ts';

/** Nothing of an answer may be run, framed or kept. The pages to read and what they load set other headers of their own. */
export function security(): ApiMiddleware {
  const headers = helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: { defaultSrc: ["'none'"], baseUri: ["'none'"], formAction: ["'none'"], frameAncestors: ["'none'"] },
    },
    // Not for plain HTTP to say (RFC 6797, 7.2): whoever ends TLS in front of this decides for its domain.
    strictTransportSecurity: false,
    xFrameOptions: { action: 'deny' },
  }) as unknown as ApiMiddleware;
  return async (ctx, next) => {
    ctx.set('Cache-Control', 'no-store');
    await headers(ctx, next);
  };
}
