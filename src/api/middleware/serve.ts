import { z } from 'zod';
import { attemptOf, keyError } from '../attempt.ts';
import { inTime } from '../deadline.ts';
import { ProblemError, validationFailed, type FieldError } from '../problems.ts';
import { parseQueryString } from '../query-string.ts';
import { readJsonBody } from '../read-body.ts';
import type { AnyAnswer, ApiDependencies, ApiRequest, Route } from '../route.ts';
import { validate, type Source } from '../validation.ts';
import { actorOf } from './actor.ts';
import type { ApiContext } from './context.ts';

const nothing = z.strictObject({});

/** Serves one route: checks the request against its schemas, hands it over and writes the answer. */
export function serve(
  route: Route,
  deps: ApiDependencies,
): (ctx: ApiContext & { params: Record<string, string> }) => Promise<void> {
  return async (ctx) => {
    ctx.state.route = route.path;
    const request = await readRequest(ctx, route);
    const handle = () => route.handle(request, deps);
    write(ctx, await inTime(route.places ? deps.placing.pass(handle) : handle()));
  };
}

async function readRequest(ctx: ApiContext & { params: Record<string, string> }, route: Route): Promise<ApiRequest> {
  const params = (route.params ?? nothing).safeParse(ctx.params);
  if (!params.success) throw new ProblemError('not-found', `There is nothing at ${ctx.path}.`);
  const takesBody = route.method !== 'GET';
  const sentBody = takesBody ? await readSentBody(ctx, route) : undefined;

  // Every mistake in one answer, wherever it was made.
  const errors: FieldError[] = [];
  const check = (schema: z.ZodType, value: unknown, source: Source): unknown => {
    const checked = validate(schema, value, source);
    if ('value' in checked) return checked.value;
    errors.push(...checked.errors);
    return undefined;
  };
  const actor = actorOf(ctx);
  if (typeof actor !== 'string') errors.push(actor);
  const key = route.method === 'POST' ? ctx.req.headers['idempotency-key']?.toString() : undefined;
  const badKey = keyError(key);
  if (badKey) errors.push(badKey);
  const queryString = parseQueryString(ctx.querystring);
  if ('errors' in queryString) errors.push(...queryString.errors);
  const query = 'values' in queryString ? check(route.query ?? nothing, queryString.values, 'query') : undefined;
  const body = takesBody ? check(route.body ?? nothing, sentBody, 'body') : undefined;
  if (errors.length > 0 || typeof actor !== 'string') throw validationFailed(errors);

  const named = { actor, route: `${route.method} ${addressOf(route, params.data)}`, asked: body };
  return {
    params: params.data,
    query,
    body,
    requestId: ctx.state.requestId,
    actor,
    attempt: attemptOf(key, named, () => ctx.set('Idempotent-Replayed', 'true')),
    // Without quoted values, which may hold anything.
    prefersAsync: /(?:^|,)\s*respond-async\s*(?:[,;]|$)/i.test(ctx.get('Prefer').replaceAll(/"[^"]*"/g, '""')),
    note: (fields) => Object.assign(ctx.state.notes, fields),
  };
}

/** The path of a request in its one spelling, however the caller wrote ids and slashes. */
function addressOf({ path }: Route, params: unknown): string {
  return path.replaceAll(/\{(\w+)\}/g, (_, name: string) => String((params as Record<string, unknown>)[name]));
}

async function readSentBody(ctx: ApiContext, { body }: Route): Promise<unknown> {
  const sent = await readJsonBody(ctx.req);
  if (sent !== undefined) return sent;
  if (body === undefined) return {};
  throw new ProblemError('malformed-json', 'The body is missing: send a JSON object.');
}

function write(ctx: ApiContext, { status, headers = {}, data, items, nextCursor, content }: AnyAnswer): void {
  ctx.status = status;
  ctx.set({ ...headers });
  if (content !== undefined) {
    ctx.type = content.type;
    ctx.body = content.body;
    return;
  }
  const { requestId } = ctx.state;
  ctx.type = 'json';
  // A cursor that is undefined is left out: then there are no pages.
  ctx.body = JSON.stringify({ request_id: requestId, data: items ?? data, next_cursor: nextCursor });
}
