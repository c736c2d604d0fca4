import assert from 'node:assert/strict';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { openApiDocument } from '../../src/api/openapi/document.ts';
import { routes } from '../../src/api/routes/index.ts';

/** What came back over HTTP. `json` is undefined for an answer that is not JSON or has no body. */
export interface SeenAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly json: unknown;
}

interface DeclaredResponse {
  readonly headers?: Readonly<Record<string, { readonly $ref?: string; readonly required?: boolean }>>;
  readonly content?: Readonly<Record<string, unknown>>;
}

interface Operation {
  readonly responses: Readonly<Record<string, DeclaredResponse>>;
}

/** Headers that say something: an answer that is not declared to carry one must not. */
const tellingHeaders = [
  'Location',
  'Retry-After',
  'Accept',
  'Allow',
  'Preference-Applied',
  'Idempotent-Replayed',
  'WWW-Authenticate',
];

/** Problems with a component of their own, since they are not bound to what is asked for. */
const everywhere: Readonly<Record<number, string>> = {
  401: 'Unauthenticated',
  403: 'ForeignOrigin',
  421: 'ForeignHost',
  429: 'RateLimited',
};

const document = openApiDocument(routes);
const paths = Object.entries(document.paths as Record<string, Readonly<Record<string, Operation>>>);

const ajv = new Ajv2020({ strict: false, validateSchema: false });
addFormats.default(ajv);
ajv.addSchema(document, 'openapi');

/**
 * Checks that an answer is one that the OpenAPI document declares: status, headers, media type and body.
 * @param path without the query
 * @throws AssertionError when it is another one
 */
export function assertDeclared(method: string, path: string, answer: SeenAnswer): void {
  const { status, headers, json } = answer;
  const place = `${method} ${path} ${status}`;
  assert.ok(headers.get('X-Request-Id'), `${place} has no X-Request-Id`);
  if (typeof json === 'object' && json !== null && 'request_id' in json) {
    assert.equal(json.request_id, headers.get('X-Request-Id'), `${place} has another request_id than its header`);
  }

  const known = paths.find(([template]) => patternOf(template).test(path));
  if (method === 'OPTIONS' && known && !(status in everywhere)) {
    assert.equal(status, 204, `${place}: OPTIONS is answered with 204`);
    assert.ok(headers.get('Allow'), `${place} has no Allow`);
    return;
  }
  const { pointer, response } = declarationOf(method, status, known);
  assert.ok(response, `${place} is not in the document: ${JSON.stringify(json)}`);
  checkHeaders(place, pointer, response, headers);
  // What HEAD would have answered cannot be seen.
  if (method !== 'HEAD') checkBody(place, pointer, response, answer);
}

/** Where the document declares an answer: at an operation, or among the components when there is no operation. */
function declarationOf(
  method: string,
  status: number,
  known: readonly [string, Readonly<Record<string, Operation>>] | undefined,
): { readonly pointer: string; readonly response: DeclaredResponse | undefined } {
  const verb = method === 'HEAD' ? 'get' : method.toLowerCase();
  const operation = known?.[1][verb];
  if (known && operation) {
    return {
      pointer: `#/paths/${escape(known[0])}/${verb}/responses/${status}`,
      response: operation.responses[String(status)],
    };
  }
  const ownName = everywhere[status];
  const [name, expected] =
    ownName !== undefined
      ? ([ownName, status] as const)
      : known
        ? (['MethodNotAllowed', 405] as const)
        : (['NotFound', 404] as const);
  const components = document.components?.['responses'] as Record<string, DeclaredResponse>;
  return {
    pointer: `#/components/responses/${name}`,
    response: status === expected ? components[name] : undefined,
  };
}

function checkHeaders(place: string, pointer: string, { headers: declared = {} }: DeclaredResponse, headers: Headers) {
  for (const [name, header] of Object.entries(declared)) {
    const value = headers.get(name);
    const at = header.$ref ?? `${pointer}/headers/${name}`;
    const { required = false } = header.$ref === undefined ? header : componentAt(header.$ref);
    assert.ok(value !== null || !required, `${place} has no ${name}`);
    if (value !== null) validate(`${place}, header ${name}`, `${at}/schema`, value);
  }
  for (const name of tellingHeaders) {
    assert.ok(name in declared || !headers.has(name), `${place} is not declared to have the header ${name}`);
  }
}

function checkBody(place: string, pointer: string, response: DeclaredResponse, { headers, json }: SeenAnswer): void {
  const type = (headers.get('Content-Type') ?? '').split(';')[0] ?? '';
  if (response.content === undefined) {
    assert.deepEqual([type, json], ['', undefined], `${place} is declared to have no body`);
    return;
  }
  const declared = Object.keys(response.content);
  assert.ok(declared.includes(type), `${place} is "${type}", and declared as ${declared.join(' or ')}`);
  if (type.endsWith('json')) validate(place, `${pointer}/content/${escape(type)}/schema`, json);
}

/** Validates a value against the schema at a pointer into the document. */
function validate(what: string, pointer: string, value: unknown): void {
  const check = ajv.getSchema(`openapi${pointer}`) as ValidateFunction | undefined;
  assert.ok(check, `There is no schema at ${pointer}`);
  assert.ok(
    check(value),
    `${what} is not as declared: ${ajv.errorsText(check.errors)}\n${JSON.stringify(value, null, 2)}`,
  );
}

function componentAt(reference: string): { readonly required?: boolean } {
  const [, , kind = '', name = ''] = reference.split('/');
  const components = document.components as Record<string, Record<string, { readonly required?: boolean }>>;
  return components[kind]?.[name] ?? {};
}

/** Both spellings of a path, with and without the slash at its end. */
function patternOf(template: string): RegExp {
  return new RegExp(
    `^${template
      .replace(/\/$/, '')
      .replaceAll('.', '\\.')
      .replaceAll(/\{\w+\}/g, '[^/]+')}/?$`,
  );
}

/** A token of a JSON Pointer in a URI fragment. */
function escape(token: string): string {
  return encodeURIComponent(token.replaceAll('~', '~0').replaceAll('/', '~1'));
}
