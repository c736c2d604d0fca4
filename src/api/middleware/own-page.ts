import { ProblemError } from '../problems.ts';
import type { ApiContext } from './context.ts';

const harmless: readonly string[] = ['GET', 'HEAD', 'OPTIONS'];

/** Whether a request may change something, by its method. */
export function mayChange({ method }: Pick<ApiContext, 'method'>): boolean {
  return !harmless.includes(method);
}

/**
 * Demands that a browser sent a request from a page of this API. What the browser adds by itself, as a cookie, proves who has it open and not
 * who asks.
 * @param silence what to make of a request that says nothing of where it is from, as programs do
 * @throws ProblemError foreign-origin
 */
export function assertOwnPage(ctx: ApiContext, silence: 'is refused' | 'is taken'): void {
  const { origin, 'sec-fetch-site': site } = ctx.req.headers;
  if (origin !== undefined) {
    if (origin === ownOrigin(ctx)) return;
    throw new ProblemError(
      'foreign-origin',
      'A web page of another origin sent this. Is it a page of this API, behind a proxy of yours? Then set EARMARK_TRUST_PROXY.',
    );
  }
  if (site === 'same-origin' || (site === undefined && silence === 'is taken')) return;
  const detail = 'Nothing says that a page of this API sent this: a browser does, in the header Origin.';
  throw new ProblemError('foreign-origin', `${detail} A program sends its key in the header Authorization.`);
}

/** As its own pages see this API, behind trusted proxies as they tell; undefined when they tell nonsense. */
function ownOrigin({ protocol, host }: ApiContext): string | undefined {
  const address = `${protocol}://${host}`;
  return URL.canParse(address) ? new URL(address).origin : undefined;
}
