import type { Identity } from '../../domain/identity.ts';
import type { Middleware, ParameterizedContext } from 'koa';

/** What middleware leaves for one another on `ctx.state`. */
export interface RequestState {
  requestId: string;
  /** The path of the route as declared, once one has matched. */
  route?: string;
  /** Who calls; undefined without credentials. */
  identity?: Identity;
  /** Fields for the request's line in the log. */
  notes: Record<string, unknown>;
}

export type ApiContext = ParameterizedContext<RequestState>;

export type ApiMiddleware = Middleware<RequestState>;
