import { Readable } from 'node:stream';
import { z } from 'zod';
import { DomainError } from '../../domain/errors.ts';
import type { Identity } from '../../domain/identity.ts';
import { attemptOf, keyError } from '../attempt.ts';
import { inTime, type Asked } from '../deadline.ts';
import { goesOn } from '../http-server.ts';
import { ProblemError, validationFailed, type FieldError } from '../problems.ts';
import { parseQueryString } from '../query-string.ts';
import { parseBody, readBytes, usualBodies, type SentBody } from '../read-body.ts';
import {
  Rendered,
  takesKey,
  type AnyAnswer,
  type ApiDependencies,
  type ApiRequest,
  type CheckBody,
  type Route,
} from '../route.ts';
import { validate, type Validation } from '../validation.ts';
import { assertMay } from '../admit.ts';
import { callerOf, type Caller } from './actor.ts';
import type { ApiContext } from './context.ts';

const nothing = z.strictObject({});

/** Who uses what is public without credentials. */
const nobody: Identity = { actor: 'anonymous', role: 'viewer', isProven: false };

type RoutedContext = ApiContext & { params: Record<string, string> };

/** Serves one route: checks the request against its schemas, hands it over and writes the answer. */
export function serve(route: Route, deps: ApiDependencies): (ctx: RoutedContext) => Promise<void> {
  return async (ctx) => {
    ctx.state.route = route.path;
    // Before anything else of it is looked at, so that strangers learn nothing and cost little.
    assertMay(ctx.state.identity, route.access, ctx.req.headers['x-actor'] !== undefined);
    const params = (route.params ?? nothing).safeParse(ctx.params);
    if (!params.success) throw new ProblemError('not-found', `There is nothing at ${ctx.path}.`);
    const read = (): Promise<Buffer> => readBytes(ctx.req, route.bodies ?? usualBodies);
    const isLarge = route.bodies !== undefined;
    // Not at the gate before the work: whoever sends slowly must not keep those out who have sent all.
    const bytes = route.method === 'GET' ? undefined : await (isLarge ? deps.uploads.pass(read) : read());
    const answer = async () => carryOut(ctx, { route, params: params.data, bytes }, deps);
    // The time counts at the gate as well, and the place is kept until the work is done, whatever its caller was told meanwhile.
    const time = { spent: ctx.state.spentMs, patience: route.answeredWithin };
    const answering = isLarge ? deps.lists.pass(answer) : answer();
    const timed = inTime(answering, askedBy(ctx, route), time);
    write(ctx, await timed.catch((error: unknown) => giveUp(answering, error)));
  };
}

/** Nobody will read a stream that is there too late. */
function giveUp(answering: Promise<AnyAnswer>, error: unknown): never {
  const discard = ({ content }: AnyAnswer): void => {
    if (content?.body instanceof Readable) content.body.destroy();
  };
  answering.then(discard, () => undefined);
  throw error;
}

function askedBy(ctx: ApiContext, route: Route): Asked {
  return { isRead: route.method === 'GET' || route.onlyLooks === true, hasKey: keyOf(ctx, route) !== undefined };
}

/** The header Idempotency-Key where it means something; not checked. */
function keyOf(ctx: ApiContext, route: Route): string | undefined {
  return takesKey(route) ? ctx.req.headers['idempotency-key']?.toString() : undefined;
}

async function carryOut(ctx: RoutedContext, arrived: Arrived, deps: ApiDependencies): Promise<AnyAnswer> {
  const { route } = arrived;
  const request = await checkRequest(ctx, arrived, deps);
  const handle = () => route.handle(request, deps);
  if (route.method === 'GET' || route.onlyLooks) return handle();
  const refusal = await route.refuseEarly?.(request, deps);
  if (refusal !== undefined) throw refusal;
  try {
    const answer = await (route.places ? deps.placing.pass(handle) : handle());
    deps.products.wrote();
    return answer;
  } catch (error) {
    // What a workflow refuses has changed nothing. Of everything else that went wrong a part may have been done.
    if (!(route.places && error instanceof DomainError)) deps.products.wrote();
    throw error;
  }
}

/** A request that has arrived and is not checked yet, but for the path. */
interface Arrived {
  readonly route: Route;
  readonly params: unknown;
  /** The body, undefined where none is taken. */
  readonly bytes: Buffer | undefined;
}

async function checkRequest(
  ctx: RoutedContext,
  { route, params, bytes }: Arrived,
  deps: ApiDependencies,
): Promise<ApiRequest> {
  const sent = bytes && sentBody(ctx, bytes, route);
  // Every mistake in one answer, wherever it was made.
  const wrong: (readonly FieldError[])[] = [];
  const take = (checked: Validation): unknown => {
    if ('value' in checked) return checked.value;
    wrong.push(checked.errors);
    return undefined;
  };
  const caller = callerOf(ctx, ctx.state.identity ?? nobody);
  if ('message' in caller) wrong.push([caller]);
  const key = keyOf(ctx, route);
  const badKey = keyError(key);
  if (badKey) wrong.push([badKey]);
  const queryString = parseQueryString(route.ignoresQuery ? '' : ctx.querystring);
  if ('errors' in queryString) wrong.push(queryString.errors);
  const query =
    'values' in queryString ? take(validate(route.query ?? nothing, queryString.values, 'query')) : undefined;
  const body = sent && take(await checkOf(route)(sent, deps));
  // Not pushed one list into the other: there can be more than a call takes arguments.
  const errors = wrong.flat();
  if (errors.length > 0 || 'message' in caller) throw validationFailed(errors, route.bodies?.mistakes);

  const { identity, requestId } = ctx.state;
  const named = { caller: nameOf(caller), route: `${route.method} ${addressOf(route, params)}`, asked: body };
  return {
    params,
    query,
    body,
    by: { ...caller, requestId },
    ...(identity?.keyId === undefined ? {} : { keyId: identity.keyId }),
    lastEventId: ctx.req.headers['last-event-id']?.toString(),
    attempt: attemptOf(key, named, () => ctx.set('Idempotent-Replayed', 'true')),
    // Without quoted values, which may hold anything.
    prefersAsync: /(?:^|,)\s*respond-async\s*(?:[,;]|$)/i.test(ctx.get('Prefer').replaceAll(/"[^"]*"/g, '""')),
    note: (fields) => Object.assign(ctx.state.notes, fields),
    session: { identity: ctx.state.identity, signIn: ctx.state.signIn, isSecure: ctx.secure },
  };
}

/** What a caller's keys are told apart by from those of others: for whom it acts counts. */
function nameOf({ actor, onBehalfOf }: Caller): string | readonly string[] {
  return onBehalfOf === undefined ? actor : [actor, onBehalfOf];
}

function checkOf({ check, body = nothing }: Route): CheckBody<unknown> {
  return check ?? (async ({ value }) => validate(body, value, 'body'));
}

/** The path of a request in its one spelling, however the caller wrote ids and slashes. */
function addressOf({ path }: Route, params: unknown): string {
  return path.replaceAll(/\{(\w+)\}/g, (_, name: string) => String((params as Record<string, unknown>)[name]));
}

function sentBody(ctx: ApiContext, bytes: Buffer, { body, bodies = usualBodies }: Route): SentBody {
  const sent = parseBody(ctx.req, bytes, bodies);
  if (sent !== undefined) return sent;
  if (body === undefined) return { value: {} };
  const wanted = bodies.table === undefined ? 'a JSON object' : 'a list as JSON, or CSV';
  throw new ProblemError('malformed-json', `The body is missing: send ${wanted}.`);
}

function write(ctx: ApiContext, { status, headers = {}, data, items, nextCursor, content }: AnyAnswer): void {
  ctx.status = status;
  ctx.set({ ...headers });
  if (content !== undefined) {
    ctx.type = content.type;
    ctx.body = content.body;
    if (content.goesOn) goesOn(ctx.res);
    return;
  }
  if (status === 204) {
    ctx.body = null;
    return;
  }
  const { requestId } = ctx.state;
  ctx.type = 'json';
  if (data instanceof Rendered) {
    ctx.body = `{"request_id":${JSON.stringify(requestId)},"data":${data.json}}`;
    return;
  }
  // A cursor that is undefined is left out: then there are no pages.
  ctx.body = JSON.stringify({ request_id: requestId, data: items ?? data, next_cursor: nextCursor });
}
