import { Router } from '@koa/router';
import Koa from 'koa';
import { taskQueue as defaultTaskQueue } from '../workflows/messages.ts';
import { isAccess } from '../domain/identity.ts';
import { readOverview } from '../persistence/overview.ts';
import type { Authenticate } from './credentials/authenticator.ts';
import { exportGate, Gate, listGate, placingGate, uploadGate } from './gate.ts';
import { capacity } from './middleware/capacity.ts';
import { crossOrigin } from './middleware/cross-origin.ts';
import { errors } from './middleware/errors.ts';
import type { ApiContext, RequestState } from './middleware/context.ts';
import { home } from './middleware/home.ts';
import { anybodyMay, identify } from './middleware/identify.ts';
import { limitRate } from './middleware/limit-rate.ts';
import { methods } from './middleware/methods.ts';
import { requestId } from './middleware/request-id.ts';
import { requestLog } from './middleware/request-log.ts';
import { security } from './middleware/security.ts';
import { serve } from './middleware/serve.ts';
import { wellFormed } from './middleware/well-formed.ts';
import { oneAtATime } from './one-at-a-time.ts';
import { verification } from './verification.ts';
import type { BooksReport } from '../persistence/books/check.ts';
import { checkBooks } from '../persistence/books/check.ts';
import { dependencyWatch, readinessChecks, type ReadinessChecks } from './readiness.ts';
import { rateLimits, type RateLimitRules } from './rate-limits.ts';
import { LiveEvents } from './live-events.ts';
import { ProductCache } from './product-cache.ts';
import type { ApiDependencies, Route } from './route.ts';
import { routes } from './routes/index.ts';
import { presentProduct } from './schemas/products.ts';
import { SharedOverview } from './shared-overview.ts';

/** What the API is made of; wired in one place, the server. */
export interface AppParts extends Omit<
  ApiDependencies,
  | 'readiness'
  | 'verify'
  | 'taskQueue'
  | 'reach'
  | 'placing'
  | 'lists'
  | 'uploads'
  | 'exporting'
  | 'products'
  | 'overview'
  | 'events'
> {
  /** What is known of products: nothing unless given, so that all is read from the database. */
  readonly products?: ProductCache;
  /** Tells callers what changes: nobody does unless given. */
  readonly events?: LiveEvents;
  /** The one that all workers poll unless given. */
  readonly taskQueue?: string;
  /** Origins whose pages may use the API from a browser: none unless given. */
  readonly corsOrigins?: readonly string[];
  /** Who may use it: everybody, as long as it is asked from this machine, or who has credentials. */
  readonly access: 'open' | Authenticate;
  /** How much one caller may ask: as much as they like, but for wrong credentials, unless given. */
  readonly rateLimits?: RateLimitRules;
  /** How many trusted proxies a request passes: none unless given. */
  readonly trustedProxies?: number;
  /** Requests that may be in flight at once; more are turned away. */
  readonly capacity?: number;
  /** Called at the fault points: nothing happens there unless given. */
  readonly reach?: ApiDependencies['reach'];
  /** Looks whether the books agree: by a connection like any other unless given. */
  readonly verify?: () => Promise<BooksReport>;
  /** Those of a running server unless given. */
  readonly checks?: ReadinessChecks;
}

/** Enough for a rush, and few enough that each still gets its turn at the pool of connections in time. */
const defaultCapacity = 1_000;

/** The HTTP API as a Koa application; whoever calls it listens. */
export function createApp({
  checks,
  verify: look = () => checkBooks(parts.db),
  taskQueue = defaultTaskQueue,
  corsOrigins = [],
  capacity: most = defaultCapacity,
  reach = () => undefined,
  access,
  rateLimits: rules = { requests: null, failures: 30, store: 'memory' },
  trustedProxies = 0,
  ...parts
}: AppParts): Koa<RequestState> {
  const readiness = dependencyWatch(checks ?? readinessChecks(parts.db, parts.client));
  const products = parts.products ?? knowingNothing(parts);
  const events = parts.events ?? sayingNothing(parts);
  const overview = new SharedOverview((hours) => readOverview(parts.db, hours));
  const verify = oneAtATime(() => verification(parts.db, look));
  const kept = { products, overview, events };
  const gates = {
    placing: new Gate(placingGate),
    lists: new Gate(listGate),
    uploads: new Gate(uploadGate),
    exporting: new Gate(exportGate),
  };
  const deps: ApiDependencies = { ...parts, ...kept, taskQueue, readiness, verify, reach, ...gates };
  const limits = rateLimits(rules, parts.db, parts.log);
  const app = new Koa<RequestState>({ proxy: trustedProxies > 0, maxIpsCount: trustedProxies });
  const router = routerOf(routes, deps);
  app.use(requestId);
  app.use(requestLog(deps.log));
  app.use(security());
  if (corsOrigins.length > 0) app.use(crossOrigin(corsOrigins));
  app.use(errors(deps.log));
  app.use(wellFormed);
  if (access === 'open') app.use(home(corsOrigins));
  app.use(capacity(most));
  app.use(access === 'open' ? anybodyMay : identify(access, limits.failures, publicIn(router)));
  app.use(limitRate(limits.requests));
  app.use(methods(router));
  app.use(router.routes());
  // Only what happens after the answer began gets here: mostly callers that hung up.
  app.on('error', (error: unknown) => deps.log.debug({ err: error }, 'an answer could not be sent'));
  return app;
}

function knowingNothing({ db, config, log }: Pick<AppParts, 'db' | 'config' | 'log'>): ProductCache {
  const changes = { isFresh: () => false, catchUp: async () => undefined };
  return new ProductCache({ db, changes, render: (product) => presentProduct(product, config.currency), log });
}

function sayingNothing({ log }: Pick<AppParts, 'log'>): LiveEvents {
  const feed = { catchUp: () => Promise.reject(new Error('Nobody follows the changes')) };
  return new LiveEvents({ feed, readBetween: async () => 'everything', log });
}

/** @throws Error naming a route without a policy: what nobody decided about must not be served */
function routerOf(routes: readonly Route[], deps: ApiDependencies): Router<RequestState> {
  const router = new Router<RequestState>({ sensitive: true });
  for (const route of routes) {
    if (!isAccess(route.access)) throw new Error(`Nobody says who may use ${route.method} ${route.path}.`);
    const path = (route.path.replace(/\/$/, '') || '/').replaceAll(/\{(\w+)\}/g, ':$1');
    router.register(path, [route.method], serve(route, deps), { name: route.access });
  }
  return router;
}

/** Whether a request is for a route that everybody may use. */
function publicIn(router: Router<RequestState>): (ctx: ApiContext) => boolean {
  return ({ path, method }) => router.match(path, method).pathAndMethod.some(({ name }) => name === 'public');
}
