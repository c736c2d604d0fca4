import { ProblemError } from '../problems.ts';
import type { ApiContext, ApiMiddleware } from './context.ts';

/** The names of this machine for itself, as URLs write them. */
const homeNames: readonly string[] = ['localhost', '127.0.0.1', '[::1]'];

/** What proxies add: a request that came through one may be from anywhere. Of one that adds nothing nobody can tell. */
const proxyHeaders = [
  'forwarded',
  'via',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
  'x-real-ip',
] as const;

/**
 * Keeps an API without credentials at home. Who asks it by another name got here by a name that somebody else's DNS gave this address
 * (rebinding), and a web page of elsewhere that posts a form says so in Origin: neither may move stock.
 * @param origins those whose pages may use the API
 */
export function home(origins: readonly string[]): ApiMiddleware {
  return async (ctx, next) => {
    const { host, origin } = ctx.req.headers;
    const through = proxyHeaders.find((name) => ctx.req.headers[name] !== undefined);
    if (through !== undefined) throw foreignHost(`It came through a proxy (${through}).`);
    if (host !== undefined && !isHome(host)) throw foreignHost('It was for another host.');
    if (origin !== undefined && !origins.includes(origin) && !isOwn(ctx, origin)) {
      throw new ProblemError(
        'foreign-origin',
        'A web page of another origin sent this, and this API runs without credentials. EARMARK_CORS_ORIGINS lets in a page of yours.',
      );
    }
    await next();
  };
}

function foreignHost(why: string): ProblemError {
  const detail = `${why} This API runs without credentials, for this machine alone: ask localhost, or set up credentials.`;
  return new ProblemError('foreign-host', detail);
}

/** Whatever the port is: it may have been forwarded. */
function isHome(host: string): boolean {
  return homeNames.includes(host.toLowerCase().replace(/:\d*$/, ''));
}

/** Whether a page that this API itself served sent it. */
function isOwn({ req }: ApiContext, origin: string): boolean {
  return req.headers.host !== undefined && origin === `http://${req.headers.host.toLowerCase()}`;
}
