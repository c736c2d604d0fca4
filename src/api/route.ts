import type { Readable } from 'node:stream';
import type { Client } from '@temporalio/client';
import type { Knex } from 'knex';
import type { Logger } from 'pino';
import type { z } from 'zod';
import type { Cause } from '../domain/audit.ts';
import type { DomainError } from '../domain/errors.ts';
import type { Access, Identity } from '../domain/identity.ts';
import type { WakeWaiting } from '../domain/waiting.ts';
import type { AskedBy, Notice } from '../workflows/messages.ts';
import type { Tag } from './openapi/tags.ts';
import type { ResponseHeader } from './openapi/headers.ts';
import type { Attempt } from './attempt.ts';
import type { Gate } from './gate.ts';
import type { LiveEvents } from './live-events.ts';
import type { Starting } from './place.ts';
import type { ProductCache } from './product-cache.ts';
import type { FieldError, ProblemCode } from './problems.ts';
import type { Verification } from './verification.ts';
import type { BodyRules, SentBody } from './read-body.ts';
import type { Dependencies } from './readiness.ts';
import type { WorkflowPages } from './schemas/stock-explanation.ts';
import type { SharedOverview } from './shared-overview.ts';

/** What handlers need to answer. */
export interface ApiDependencies {
  readonly db: Knex;
  readonly client: Client;
  /** Where workflows are started. */
  readonly taskQueue: string;
  readonly config: {
    /** ISO 4217. */
    readonly currency: string;
    /** The hold of orders and reservations that name none. */
    readonly holdSeconds: number;
    /** A hold lasts, with all its extensions, at most so many times as long as it was to begin with. */
    readonly holdMaxFactor: number;
    /** For links to workflows; without it there are none. */
    readonly temporalUi?: WorkflowPages;
  };
  readonly log: Logger;
  /** What is known of products without asking the database. */
  readonly products: ProductCache;
  /** How everything stands, read once for all who ask at about the same time. */
  readonly overview: SharedOverview;
  /** Tells callers what changes. */
  readonly events: LiveEvents;
  /** How the database and Temporal are. */
  readonly readiness: () => Promise<Dependencies>;
  /** Looks whether the books of the database agree. One look at once: who asks meanwhile gets what it finds. */
  readonly verify: () => Promise<Verification>;
  /** Tells waiting orders that their turn has come, since units were freed or added. */
  readonly wake: WakeWaiting;
  /** Called at the fault points. */
  readonly reach: (point: Parameters<Starting['reach']>[0] | 'stock-levels.batch-committed') => void;
  /** What requests that place something go through. */
  readonly placing: Gate;
  /** What requests with a large body go through once it has arrived. */
  readonly lists: Gate;
  /** What they go through while it arrives. */
  readonly uploads: Gate;
  /** What goes through it reads a whole list, and keeps its place until its caller has taken it. */
  readonly exporting: Gate;
}

/** A request whose path, query and body have passed the route's schemas. */
export interface ApiRequest<Params = unknown, Query = unknown, Body = unknown> {
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
  /** Who asks, and under which request id. */
  readonly by: AskedBy;
  /** The API key of who asks, if it was one. */
  readonly keyId?: string;
  /** The header Last-Event-ID; not checked. */
  readonly lastEventId: string | undefined;
  /** For a POST or PUT: what it is a try at, and how a repeat of it is recognised. */
  readonly attempt: Attempt;
  /** Whether the caller sent `Prefer: respond-async`. */
  readonly prefersAsync: boolean;
  /** Adds fields to the request's line in the log. */
  readonly note: (fields: Readonly<Record<string, unknown>>) => void;
  readonly session: SessionRequest;
}

/** What a request says to those routes that are about who calls. */
interface SessionRequest {
  /** Undefined without credentials, where they are asked for. */
  readonly identity: Identity | undefined;
  /**
   * Finds out whose API key it is; undefined while nobody is asked for credentials.
   * @throws ProblemError unauthenticated, rate-limited, unavailable
   */
  readonly signIn: ((key: string) => Promise<Identity>) | undefined;
  /** Whether the request came by https, as a trusted proxy says. */
  readonly isSecure: boolean;
}

/** What can be done next with what was answered: an operation, with its input out of this answer (an OpenAPI link). */
export interface Link {
  readonly operationId: string;
  readonly parameters?: Readonly<Record<string, string>>;
  readonly requestBody?: unknown;
}

/** What a response carries whatever its shape is. */
interface ResponseParts {
  readonly description: string;
  /** Beside those that all answers of its status carry. */
  readonly headers?: readonly ResponseHeader[];
  readonly links?: Readonly<Record<string, Link>>;
}

/**
 * One kind of answer: `data` is a single value, `items` one page of a list, both in the envelope with `request_id`; `content` are
 * the media types of something that stands alone. A single value that has pages inside is `isPaged`. What is `empty` has no body.
 */
export type ResponseSpec =
  | (ResponseParts & { readonly data: z.ZodType; readonly isPaged?: true })
  | (ResponseParts & { readonly items: z.ZodType })
  | (ResponseParts & { readonly content: readonly string[] })
  | (ResponseParts & { readonly empty: true });

export type Responses = { readonly [status: number]: ResponseSpec };

/** What a handler returns: the value of `data`, a page of a list, or something that stands alone. */
export interface AnyAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly data?: unknown;
  readonly items?: readonly unknown[];
  /** Of a list, or of a value with pages. Null on the last page. */
  readonly nextCursor?: string | null;
  readonly content?: Content;
}

/** A value that is JSON already. */
export class Rendered {
  readonly json: string;

  constructor(json: string) {
    this.json = json;
  }
}

/** A body without the envelope, with its Content-Type. Of a stream that fails the caller sees that the end is missing. */
export interface Content {
  readonly type: string;
  readonly body: string | Buffer | Readable;
  /** Whether it has no end of its own: the caller may take it for as long as it lasts. */
  readonly goesOn?: true;
}

type Payload<Spec> = Spec extends { readonly data: infer Schema extends z.ZodType }
  ? { readonly data: z.output<Schema> | Rendered } & (Spec extends { readonly isPaged: true }
      ? { readonly nextCursor: string | null }
      : unknown)
  : Spec extends { readonly items: infer Schema extends z.ZodType }
    ? { readonly items: readonly z.output<Schema>[]; readonly nextCursor: string | null }
    : Spec extends { readonly empty: true }
      ? unknown
      : { readonly content: Content };

/** One of a route's declared answers, status and shape together. */
type Answer<R extends Responses> = {
  [Status in keyof R]: { readonly status: Status; readonly headers?: Readonly<Record<string, string>> } & Payload<
    R[Status]
  >;
}[keyof R];

/** A route as data: everything a registry, a document or a test needs to know about it. */
export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** With `{name}` for parameters and the slash at the end, as the contract writes it; both spellings are served. */
  readonly path: string;
  /** The name of the operation in the OpenAPI document, which links use. */
  readonly operationId: string;
  readonly tag: Tag;
  readonly summary: string;
  /** Who may use it: nobody below this role, or everybody. The policy of the API is the sum of these. */
  readonly access: Access;
  /** A path that does not match is answered with 404. */
  readonly params?: z.ZodType;
  /** Strict: without a schema no query parameter is taken. */
  readonly query?: z.ZodType;
  /** Of a page whose address holds what it shows: its query string is for the page, and not looked at here. */
  readonly ignoresQuery?: true;
  /** Strict; without a schema a POST needs no body. */
  readonly body?: z.ZodType;
  /** How large a body may be, and whether it may be CSV; that of {@link usualBodies} unless given. */
  readonly bodies?: BodyRules;
  /** Checks the body in the place of its schema, where that takes a look at the database. */
  readonly check?: CheckBody<unknown>;
  /** Of what is no GET and changes nothing that is stored: an Idempotency-Key means nothing here and is not looked at. */
  readonly onlyLooks?: boolean;
  /** Whether `Last-Event-ID` means something here. */
  readonly resumes?: boolean;
  /** Milliseconds in which it is answered, if only with 503, where that may take longer than usual. */
  readonly answeredWithin?: number;
  /** Whether `Prefer: respond-async` means something here. */
  readonly preference?: boolean;
  /**
   * Whether a workflow places what is asked for: a refusal is remembered with the key as well, and without an answer in time the
   * caller is told where to ask for it.
   */
  readonly places?: boolean;
  /**
   * Of what a workflow places: the refusal of what cannot be had, if that is known without one. It is asked before the gate, since nothing
   * is begun then.
   */
  readonly refuseEarly?: (request: ApiRequest, deps: ApiDependencies) => Promise<DomainError | undefined>;
  readonly responses: Responses;
  /** Those that say something about this route; openapi/declared-problems.ts adds those that can come anywhere. */
  readonly problems: readonly ProblemCode[];
  readonly handle: (request: ApiRequest, deps: ApiDependencies) => Promise<AnyAnswer>;
}

/** Checks a body: what the handler gets, or every mistake in it. */
export type CheckBody<Checked> = (
  sent: SentBody,
  deps: ApiDependencies,
) => Promise<{ readonly value: Checked } | { readonly errors: readonly FieldError[] }>;

interface TypedRoute<
  P extends z.ZodType,
  Q extends z.ZodType,
  B extends z.ZodType,
  R extends Responses,
  C,
> extends Omit<Route, 'handle' | 'refuseEarly'> {
  readonly params?: P;
  readonly query?: Q;
  readonly body?: B;
  readonly check?: CheckBody<C>;
  readonly responses: R;
  readonly refuseEarly?: (
    request: ApiRequest<z.output<P>, z.output<Q>, C>,
    deps: ApiDependencies,
  ) => Promise<DomainError | undefined>;
  readonly handle: (request: ApiRequest<z.output<P>, z.output<Q>, C>, deps: ApiDependencies) => Promise<Answer<R>>;
}

/** Whether a repeat of a request to this route is recognised by its Idempotency-Key. */
export function takesKey({ method, onlyLooks = false }: Pick<Route, 'method' | 'onlyLooks'>): boolean {
  return (method === 'POST' || method === 'PUT') && !onlyLooks;
}

/** The id of what was answered, as an OpenAPI runtime expression. */
const answeredId = '$response.body#/data/id';

/** Declares a route; its handler is checked against its own schemas. */
export function defineRoute<
  const R extends Responses,
  P extends z.ZodType = z.ZodUndefined,
  Q extends z.ZodType = z.ZodUndefined,
  B extends z.ZodType = z.ZodUndefined,
  C = z.output<B>,
>(route: TypedRoute<P, Q, B, R, C>): Route {
  // The handler is only ever called with what its schemas made, see middleware/serve.ts.
  return route as unknown as Route;
}

/** Links to operations whose path parameter `id` is the id of what was answered. */
export function linksById(...operationIds: readonly string[]): Readonly<Record<string, Link>> {
  return Object.fromEntries(
    operationIds.map((operationId) => [operationId, { operationId, parameters: { id: answeredId } }]),
  );
}

/** The same of an answer that has what the operations are about in one of its fields. */
export function linksByIdIn(field: string, ...operationIds: readonly string[]): Readonly<Record<string, Link>> {
  const parameters = { id: `$response.body#/data/${field}/id` };
  return Object.fromEntries(operationIds.map((operationId) => [operationId, { operationId, parameters }]));
}

/** Links to operations whose path parameter `code` is the code of the warehouse that was answered. */
export function linksByCode(...operationIds: readonly string[]): Readonly<Record<string, Link>> {
  const parameters = { code: '$response.body#/data/code' };
  return Object.fromEntries(operationIds.map((operationId) => [operationId, { operationId, parameters }]));
}

/** A link to an operation whose body names the product that was answered. */
export function linkByProduct(operationId: string): Readonly<Record<string, Link>> {
  return { [operationId]: { operationId, requestBody: { product_id: answeredId, quantity: 1 } } };
}

/** On whose behalf a catalogue operation acts: the API runs it itself, without a workflow. */
export function causeOf({ by }: Pick<ApiRequest, 'by'>): Cause {
  return { ...by, workflowId: null };
}

/** Who asks, as signals and updates say it. */
export function noticeOf({ by: { actor, onBehalfOf, requestId } }: Pick<ApiRequest, 'by'>): Notice {
  return { actor, ...(onBehalfOf !== undefined && { on_behalf_of: onBehalfOf }), request_id: requestId };
}
