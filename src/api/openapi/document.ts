import {
  OpenApiGeneratorV31,
  OpenAPIRegistry,
  type RouteConfig,
  type ZodContentObject,
} from '@asteasolutions/zod-to-openapi';
import type { z } from 'zod';
import { problems, type ProblemCode } from '../problems.ts';
import { usualBodies, type BodyRules } from '../read-body.ts';
import type { Route } from '../route.ts';
import { sessionCookieNames } from '../session-cookie.ts';
import { bodyExamples, problemExample, tableExamples } from './examples.ts';
import { headerObjects, responseHeaders, type ResponseHeader } from './headers.ts';
import { packageInfo } from '../package-info.ts';
import { headerParameters } from './parameters.ts';
import { responsesOf, schemaOfProblem } from './responses.ts';
import { tags } from './tags.ts';

const counted = new Intl.NumberFormat('en-US');

type ResponseComponent = Parameters<typeof OpenAPIRegistry.prototype.registerComponent<'responses'>>[2];

export type OpenApiDocument = ReturnType<OpenApiGeneratorV31['generateDocument']>;

const description = `
Every JSON answer carries \`request_id\`, also in the header \`X-Request-Id\`. A failure is an \`application/problem+json\`
(RFC 9457) whose \`code\` is one of the [problem codes](/docs/problems).

A path means the same with and without the slash at its end. \`HEAD\` works wherever \`GET\` does, and \`OPTIONS\` answers 204
with \`Allow\`. Another method is refused with 405 (\`#/components/responses/MethodNotAllowed\`), another path with 404
(\`#/components/responses/NotFound\`). Wrong credentials, a foreign host or origin, and too many requests are refused everywhere but at
\`/livez\` and \`/readyz\` (which are asked by this machine's names alone while the API is open). Unknown fields and unknown or repeated query parameters are refused.

Unless the API is open, which it is by itself on one machine only, every operation takes credentials, an API key or a token, in a role:
\`viewer\` reads, \`operator\` also places and moves orders and reservations, \`admin\` also changes products, warehouses, stock and
keys. \`security\` of each operation names the least role.

Times are RFC 3339 in UTC with milliseconds. Prices are decimal strings. Text is UTF-8 without lone surrogates, and is stored in
NFC.
`.trim();

const securitySchemes = {
  ApiKey: {
    type: 'http',
    scheme: 'bearer',
    description: 'An API key, `earmark_…`, made by `earmark keys create` or by an admin.',
  },
  Token: {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description: 'A JSON Web Token of the issuer that the operator trusts, with a role in it.',
  },
  Session: {
    type: 'apiKey',
    in: 'cookie',
    name: sessionCookieNames.http,
    description:
      `The cookie of a browser's session, which \`POST /api/session/\` sets; over https it is \`${sessionCookieNames.https}\`. ` +
      'Where something may change, `Origin` must be that of the API.',
  },
} as const;

/** What is answered where no operation is: components, since no path could list them. */
const beyondRoutes = {
  NotFound: { code: 'not-found', headers: ['X-Request-Id'] },
  MethodNotAllowed: { code: 'method-not-allowed', headers: ['X-Request-Id', 'Allow'] },
  Unauthenticated: { code: 'unauthenticated', headers: ['X-Request-Id', 'WWW-Authenticate'] },
  ForeignOrigin: { code: 'foreign-origin', headers: ['X-Request-Id'] },
  ForeignHost: { code: 'foreign-host', headers: ['X-Request-Id'] },
  RateLimited: { code: 'rate-limited', headers: ['X-Request-Id', 'Retry-After', 'RateLimit', 'RateLimit-Policy'] },
} as const satisfies Record<string, { code: ProblemCode; headers: readonly ResponseHeader[] }>;

/** The OpenAPI document of some routes. The same routes give the same document. */
export function openApiDocument(routes: readonly Route[]): OpenApiDocument {
  const registry = new OpenAPIRegistry();
  for (const [name, header] of Object.entries(responseHeaders)) registry.registerComponent('headers', name, header);
  for (const code of Object.keys(problems) as ProblemCode[]) {
    registry.registerComponent('examples', code, { value: problemExample(code) });
  }
  for (const [name, scheme] of Object.entries(securitySchemes))
    registry.registerComponent('securitySchemes', name, scheme);
  for (const route of routes) registry.registerPath(operation(route));
  for (const [name, { code, headers }] of Object.entries(beyondRoutes)) {
    registry.registerComponent('responses', name, responseBeyondRoutes(code, headers));
  }
  const schemas = Object.values(beyondRoutes).map(({ code }) => ({
    type: 'schema' as const,
    schema: schemaOfProblem(code),
  }));
  const generator = new OpenApiGeneratorV31([...registry.definitions, ...schemas], { unionPreferredType: 'oneOf' });
  const { version, license, description: purpose } = packageInfo();
  return generator.generateDocument({
    openapi: '3.1.0',
    info: {
      title: 'Earmark API',
      version,
      description: `${purpose}.\n\n${description}`,
      license: { name: license, identifier: license },
    },
    servers: [{ url: '/' }],
    tags: Object.entries(tags).map(([name, description]) => ({ name, description })),
  });
}

function operation(route: Route): RouteConfig {
  const { method, path, operationId, tag, summary, params, query, body } = route;
  return {
    method: method.toLowerCase() as Lowercase<typeof method>,
    path,
    operationId,
    tags: [tag],
    summary,
    security: securityOf(route),
    request: {
      ...(params === undefined ? {} : { params: params as z.ZodObject }),
      ...(query === undefined ? {} : { query: query as z.ZodObject }),
      headers: headerParameters(route),
      ...(body === undefined ? {} : { body: { required: true, content: contentOfBody(body, route.bodies) } }),
    },
    responses: responsesOf(route),
  };
}

/** Any kind of credentials, in a role (OpenAPI 3.1 lets the list name roles); none where everybody is let in. */
function securityOf({ access }: Route): Record<string, string[]>[] {
  return access === 'public' ? [] : Object.keys(securitySchemes).map((scheme) => ({ [scheme]: [access] }));
}

/** A body in each media type that is taken. Of a table as CSV, the document can only say that it is text. */
function contentOfBody(body: z.ZodType, { table, largest }: BodyRules = usualBodies): ZodContentObject {
  const json = { 'application/json': { schema: body, examples: bodyExamples(body) } };
  if (table === undefined) return json;
  const { needed, columns, rows } = table;
  const size = `1 to ${counted.format(rows)} rows, ${largest / 1024 / 1024} MiB`;
  const description =
    `A CSV (RFC 4180) in UTF-8 of ${size}, with a header line. Its columns, in any order: ${Object.keys(columns).join(', ')}. ` +
    `${needed} An empty cell is absent, an empty line is skipped.`;
  const schema = { type: 'string', minLength: 1, description } as const;
  return { ...json, 'text/csv': { schema, examples: tableExamples(body) } };
}

function responseBeyondRoutes(code: ProblemCode, headers: readonly ResponseHeader[]): ResponseComponent {
  const schema = { $ref: `#/components/schemas/${String(schemaOfProblem(code).meta()?.id)}` };
  return {
    description: problems[code].meaning,
    headers: headerObjects(headers),
    content: {
      'application/problem+json': { schema, examples: { [code]: { $ref: `#/components/examples/${code}` } } },
    },
  };
}
