import type { ResponseConfig } from '@asteasolutions/zod-to-openapi';
import { z } from 'zod';
import type { ProblemCode } from '../problems.ts';
import { mediaTypes, usualBodies } from '../read-body.ts';
import { takesKey, type ResponseSpec, type Route } from '../route.ts';
import { problemSchema } from '../schemas/problems.ts';
import { declaredProblems } from './declared-problems.ts';
import { exampleOf, exampleRequestId } from './examples.ts';
import { headerObjects, responseHeaders, type ResponseHeader } from './headers.ts';

const requestId = z.guid().meta({ description: 'The id of this request, as in X-Request-Id.' });

const nextCursor = z.string().nullable().meta({ description: 'The `cursor` of the next page; null on the last one.' });

/** One schema for each code, however many answers have it. */
const problemSchemas = new Map<ProblemCode, z.ZodType>();

/** Every answer that a route can give, by HTTP status. */
export function responsesOf(route: Route): Record<string, ResponseConfig> {
  const answers = Object.entries(route.responses).map(([status, spec]) => [
    status,
    answer(route, Number(status), spec),
  ]);
  const refusals = Array.from(declaredProblems(route), ([status, codes]) => [
    String(status),
    withAccept(
      route,
      problemResponse(codes, {
        headers: ['X-Request-Id', ...headersOfProblem(route, status)],
        required: status === 503 || status === 429 ? ['Retry-After'] : [],
      }),
    ),
  ]);
  return Object.fromEntries([...answers, ...refusals]) as Record<string, ResponseConfig>;
}

/** Says what a route takes beside JSON, where an answer has a header for that. */
function withAccept({ bodies = usualBodies }: Route, response: ResponseConfig): ResponseConfig {
  const headers = response.headers as Record<string, object>;
  if (bodies.table === undefined || !('Accept' in headers)) return response;
  const { Accept } = responseHeaders;
  const accept = { ...Accept, schema: { ...Accept.schema, const: mediaTypes(bodies).join(', ') } };
  return { ...response, headers: { ...headers, Accept: accept } };
}

/** An answer with one of some problems. */
function problemResponse(
  codes: readonly ProblemCode[],
  { headers, required = [] }: { headers: readonly ResponseHeader[]; required?: readonly ResponseHeader[] },
): ResponseConfig {
  const schemas = codes.map(schemaOfProblem);
  const examples = codes.map((code) => [code, { $ref: `#/components/examples/${code}` }]);
  return {
    description: codes.map((code) => `\`${code}\``).join(', '),
    headers: headerObjects(headers, required),
    content: {
      'application/problem+json': {
        schema: schemas.length === 1 ? (schemas[0] as z.ZodType) : z.union(schemas as [z.ZodType, z.ZodType]),
        examples: Object.fromEntries(examples),
      },
    },
  };
}

function answer(route: Route, status: number, spec: ResponseSpec): ResponseConfig {
  const hasLocation = status === 201 || status === 202;
  const headers: ResponseHeader[] = [
    'X-Request-Id',
    ...(hasLocation ? (['Location'] as const) : []),
    ...(takesKey(route) ? (['Idempotent-Replayed'] as const) : []),
    ...(spec.headers ?? []),
  ];
  return {
    description: spec.description,
    headers: headerObjects(headers, hasLocation ? ['Location'] : []),
    ...('empty' in spec ? {} : { content: contentOf(route, spec) }),
    ...(spec.links === undefined ? {} : { links: { ...spec.links } as NonNullable<ResponseConfig['links']> }),
  };
}

function contentOf(
  { operationId }: Route,
  spec: Exclude<ResponseSpec, { readonly empty: true }>,
): NonNullable<ResponseConfig['content']> {
  if ('content' in spec) {
    const schemaOf = (type: string) => ({
      schema: { type: type === 'application/json' ? 'object' : 'string' } as const,
    });
    return Object.fromEntries(spec.content.map((type) => [type, schemaOf(type)]));
  }
  const [schema, data] =
    'items' in spec
      ? [
          z.strictObject({ request_id: requestId, data: z.array(spec.items), next_cursor: nextCursor }),
          [exampleOf(spec.items, operationId)],
        ]
      : [
          z.strictObject({
            request_id: requestId,
            data: spec.data,
            ...(spec.isPaged === true ? { next_cursor: nextCursor } : {}),
          }),
          exampleOf(spec.data, operationId),
        ];
  const isPaged = 'items' in spec || spec.isPaged === true;
  const example = { request_id: exampleRequestId, data, ...(isPaged ? { next_cursor: null } : {}) };
  return { 'application/json': { schema, examples: { answer: { value: example } } } };
}

function headersOfProblem({ places = false }: Route, status: number): readonly ResponseHeader[] {
  switch (status) {
    case 404:
    case 409:
      return places ? ['Idempotent-Replayed'] : [];
    case 401:
      return ['WWW-Authenticate'];
    case 415:
      return ['Accept'];
    case 429:
      return ['Retry-After', 'RateLimit', 'RateLimit-Policy'];
    case 503:
      return places ? ['Retry-After', 'Location'] : ['Retry-After'];
    default:
      return [];
  }
}

/** The schema of a problem; the same one for every answer that can have it. */
export function schemaOfProblem(code: ProblemCode): z.ZodType {
  const schema = problemSchemas.get(code) ?? problemSchema(code);
  problemSchemas.set(code, schema);
  return schema;
}
