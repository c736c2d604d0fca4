import type { Identity } from '../../domain/identity.ts';
import type { Middleware, ParameterizedContext } from 'koa';

/** What middleware leaves for one another on `ctx.state`. */
export interface RequestState {
  requestId: string;
  /** The path of the route as declared, once one has matched. */
  route?: string;
  /** Who calls; undefined for callers without credentials where some are asked for. */
  identity?: Identity;
  /** Finds out whose API key it is, as if it were sent as credentials. Undefined while nobody is asked for any. */
  signIn?: (key: string) => Promise<Identity>;
  /** Milliseconds that it took to find out who calls and to count the request. */
  spentMs?: number;
  /** Fields for the request's line in the log. */
  notes: Record<string, unknown>;
}

export type ApiContext = ParameterizedContext<RequestState>;

export type ApiMiddleware = Middleware<RequestState>;
