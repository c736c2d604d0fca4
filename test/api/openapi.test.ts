import assert from 'node:assert/strict';
import type { Router } from '@koa/router';
import { Validator } from '@seriousme/openapi-schema-validator';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import fc from 'fast-check';
import pino from 'pino';
import { createApp } from '../../src/api/app.ts';
import { openApiDocument } from '../../src/api/openapi/document.ts';
import { problems } from '../../src/api/problems.ts';
import { routes } from '../../src/api/routes/index.ts';
import { newOrder } from '../../src/api/schemas/orders.ts';
import { newProduct, stockAdjustment } from '../../src/api/schemas/products.ts';
import { newReturn } from '../../src/api/schemas/returns.ts';
import { clientOfNobody, startApi, type TestApi } from '../support/api.ts';

interface Operation {
  readonly operationId: string;
  readonly parameters?: readonly { readonly name: string; readonly in: string }[];
  readonly responses: Readonly<
    Record<string, { readonly headers?: object; readonly links?: Readonly<Record<string, object>> }>
  >;
}

const document = openApiDocument(routes);
const operations = Object.entries(document.paths as Record<string, Record<string, Operation>>).flatMap(
  ([path, methods]) => Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
);

const componentExamples = (document.components?.['examples'] ?? {}) as Record<string, { value: unknown }>;

const ajv = new Ajv2020({ strict: false, validateSchema: false });
addFormats.default(ajv);
ajv.addSchema(document, 'openapi');

const schemaAt = (name: string) => ajv.getSchema(`openapi#/components/schemas/${name}`) as ValidateFunction;

describe('the OpenAPI document', () => {
  let api: TestApi;

  before(async () => {
    api = await startApi();
  });
  after(() => api.stop());

  it('is served as plain JSON, without the envelope', async () => {
    const { status, headers, text } = await api.get('/openapi.json');
    assert.equal(status, 200);
    assert.match(headers.get('Content-Type') ?? '', /^application\/json/);
    assert.deepEqual(JSON.parse(text), JSON.parse(JSON.stringify(document)));
  });

  it('is valid OpenAPI 3.1', async () => {
    const validator = new Validator();
    const { valid, errors } = await validator.validate(JSON.parse(JSON.stringify(document)) as Record<string, unknown>);
    assert.ok(valid, JSON.stringify(errors));
    assert.equal(validator.version, '3.1');
  });

  it('has every route that is served, and no other', () => {
    const served = routesOfApp().flatMap(({ path, methods }) =>
      methods.filter((method) => method !== 'HEAD').map((method) => `${method} ${path}`),
    );
    const documented = operations.map(
      ({ path, method }) =>
        `${method.toUpperCase()} ${(path.replace(/\/$/, '') || '/').replaceAll(/\{(\w+)\}/g, ':$1')}`,
    );
    assert.deepEqual(documented.toSorted(), served.toSorted());
    assert.ok(served.length > 15);
  });

  it('declares each path parameter that a path has', () => {
    for (const { path, operation } of operations) {
      const named = Array.from(path.matchAll(/\{(\w+)\}/g), ([, name]) => name);
      const declared = (operation.parameters ?? []).filter((parameter) => parameter.in === 'path');
      assert.deepEqual(
        declared.map(({ name }) => name),
        named,
        path,
      );
    }
  });

  it('takes an Idempotency-Key on every POST and PUT that changes something, and nowhere else', () => {
    const looking = ['/api/fulfilment-plans/', '/api/system/look/', '/api/system/verify/', '/api/session/'];
    for (const { path, method, operation } of operations) {
      const changes = ['post', 'put'].includes(method) && !looking.includes(path);
      const takes = (operation.parameters ?? []).some(({ name }) => name === 'Idempotency-Key');
      assert.equal(takes, changes, `${method} ${path}`);
      assert.equal('422' in operation.responses, changes, `${method} ${path}`);
      const replays = Object.values(operation.responses).some(({ headers = {} }) => 'Idempotent-Replayed' in headers);
      assert.equal(replays, changes, `${method} ${path}`);
    }
  });

  it('declares a header only where it can be sent', () => {
    const headersOf = (name: string, refusals: RegExp) =>
      operations.flatMap(({ operation: { operationId, responses } }) =>
        Object.entries(responses)
          .filter(([status, { headers = {} }]) => refusals.test(status) && name in headers)
          .map(([status]) => `${operationId} ${status}`),
      );
    // Only what is placed by a workflow has its refusals remembered, and an address before it has an answer.
    const placing = ['createOrder', 'createOrderReturn', 'createReservation'];
    const remembered = placing.flatMap((operation) => [`${operation} 404`, `${operation} 409`]);
    assert.deepEqual(headersOf('Idempotent-Replayed', /^[45]/).toSorted(), remembered);
    const addressed = placing.map((operation) => `${operation} 503`);
    assert.deepEqual(headersOf('Location', /^[45]/).toSorted(), addressed);
    const takingBody = operations.filter(({ method }) => method !== 'get');
    assert.deepEqual(
      headersOf('Accept', /./).toSorted(),
      takingBody.map(({ operation }) => `${operation.operationId} 415`).toSorted(),
    );
    const available = operations.filter(({ operation }) => !('503' in operation.responses));
    assert.deepEqual(
      available.map(({ path }) => path),
      ['/livez'],
    );
  });

  it('says of a list as CSV what must be in it and what may be missing', () => {
    const text = JSON.stringify(document.paths?.['/api/stock-levels/']);
    for (const said of [
      'in UTF-8 of 1 to 10,000 rows, 2 MiB',
      'sku and reason are needed',
      'An empty cell is absent',
    ]) {
      assert.ok(text.includes(said), said);
    }
  });

  it('links only to operations that exist, under one name each', () => {
    const ids = operations.map(({ operation }) => operation.operationId);
    assert.equal(new Set(ids).size, ids.length);
    const links = operations.flatMap(({ operation }) =>
      Object.values(operation.responses).flatMap(({ links = {} }) => Object.values(links)),
    ) as { operationId: string }[];
    assert.ok(links.length > 10);
    for (const { operationId } of links) assert.ok(ids.includes(operationId), operationId);
  });

  it('knows every problem code', () => {
    assert.deepEqual(Object.keys(componentExamples).toSorted(), Object.keys(problems).toSorted());
  });

  it('has examples of what was accepted that name the workflow of what the operation is about', () => {
    const named = operations.flatMap(({ operation: { operationId, responses } }) => {
      const { content } = (responses['202'] ?? {}) as {
        content?: Record<string, { examples: { answer: { value: { data: { id?: string; workflow_id: string } } } } }>;
      };
      const data = content?.['application/json']?.examples.answer.value.data;
      // What looks now is no object with an id.
      return data?.id === undefined ? [] : [[operationId, data.workflow_id.replace(data.id, '')]];
    });
    assert.deepEqual(Object.fromEntries(named), {
      createOrder: 'order-',
      getOrder: 'order-',
      transitionOrder: 'order-',
      createReservation: 'reservation-',
      getReservation: 'reservation-',
      createOrderReturn: 'return-',
      getOrderReturn: 'return-',
    });
  });

  it('has only examples that fit their schemas', () => {
    let examples = 0;
    walk(document, (node) => {
      if (!('schema' in node && 'examples' in node) || Array.isArray(node['examples'])) return;
      const check = ajv.compile(withRoot(node['schema'] as object));
      for (const [name, example] of Object.entries(node['examples'] as Record<string, object>)) {
        const value = valueOf(example);
        assert.ok(check(value), `${name}: ${ajv.errorsText(check.errors)} ${JSON.stringify(value)}`);
        examples += 1;
      }
    });
    assert.ok(examples > 50);
  });
});

describe('the schemas of requests', () => {
  it('allow the same prices as the API', () => {
    const amounts = fc.oneof(
      fc.integer({ min: 0, max: 1_100_000_000 }).map((cents) => (cents / 100).toFixed(2)),
      fc.stringMatching(/^0{0,9}\d{0,9}(\.\d{0,3})?$/),
      fc.integer({ min: -5, max: 2_000_000_000 }),
    );
    fc.assert(
      fc.property(amounts, (price) => {
        const body = { name: 'Lamp', price, total_stock: 1 };
        assert.equal(schemaAt('NewProduct')(body), newProduct.safeParse(body).success, JSON.stringify(price));
      }),
      { numRuns: 2000 },
    );
  });

  it('allow either total_stock or stock of a product, as the API does', () => {
    const body = fc.record(
      {
        name: fc.constant('Lamp'),
        price: fc.constantFrom('1.00', 'x'),
        total_stock: fc.constantFrom(0, 1, -1, 2 ** 31),
        stock: fc.array(fc.record({ warehouse: fc.constantFrom('MAIN', 'east-1', '-x'), quantity: fc.nat(1) }), {
          maxLength: 1,
        }),
        unknown: fc.constant(1),
      },
      { requiredKeys: ['name'] },
    );
    fc.assert(
      fc.property(body, (value) => {
        assert.equal(schemaAt('NewProduct')(value), newProduct.safeParse(value).success, JSON.stringify(value));
      }),
      { numRuns: 2000 },
    );
  });

  it('allow either a delta or a total to adjust to, as the API does', () => {
    const body = fc.record(
      {
        delta: fc.constantFrom(1, -1, 0, 1.5),
        set_to: fc.constantFrom(0, 1, -1),
        expected: fc.constantFrom(0, 1, -1),
        reason: fc.constantFrom('count', ' '),
        warehouse: fc.constantFrom('MAIN', 'east', '.', 'x'.repeat(33)),
        unknown: fc.constant(1),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(body, (value) => {
        assert.equal(
          schemaAt('StockAdjustment')(value),
          stockAdjustment.safeParse(value).success,
          JSON.stringify(value),
        );
      }),
      { numRuns: 2000 },
    );
  });

  it('allow either one product or items, as the API does', () => {
    const product_id = '01985b3e-7a10-7c3e-8f5a-0d2a6c1e4b01';
    const body = fc.record(
      {
        product_id: fc.constantFrom(product_id, 'x'),
        quantity: fc.constantFrom(1, 0, 1.5, 1_000_001),
        items: fc.array(fc.constant({ product_id, quantity: 1 }), { maxLength: 2 }),
        hold_seconds: fc.constantFrom(1, 86_400, 86_401),
        allocation: fc.constantFrom('priority', 'nearest', 'any'),
        region: fc.constantFrom('north', ''),
        on_shortage: fc.constantFrom('reject', 'partial', 'wait', 'any'),
        wait_seconds: fc.constantFrom(1, 604_800, 604_801),
        unknown: fc.constant(1),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(body, (value) => {
        assert.equal(schemaAt('NewOrder')(value), newOrder.safeParse(value).success, JSON.stringify(value));
      }),
      { numRuns: 2000 },
    );
  });

  it('allow a warehouse for returned units that are restocked alone, as the API does', () => {
    const body = fc.record(
      {
        line: fc.constantFrom(1, 50, 51),
        quantity: fc.constantFrom(1, 0),
        restock: fc.constantFrom(true, false, 'yes'),
        reason: fc.constantFrom('broken', ''),
        warehouse: fc.constantFrom('MAIN', 'main', '-x', 'x'.repeat(33)),
        unknown: fc.constant(1),
      },
      { requiredKeys: ['line', 'quantity'] },
    );
    fc.assert(
      fc.property(body, (value) => {
        assert.equal(schemaAt('NewReturn')(value), newReturn.safeParse(value).success, JSON.stringify(value));
      }),
      { numRuns: 2000 },
    );
  });
});

/** The routes in the router that the application really uses. */
function routesOfApp(): readonly { readonly path: string; readonly methods: readonly string[] }[] {
  const app = createApp({
    db: undefined as never,
    client: clientOfNobody(),
    config: { currency: 'EUR', holdSeconds: 600, holdMaxFactor: 3 },
    wake: async () => undefined,
    access: 'open',
    log: pino({ level: 'silent' }),
  });
  const routed = app.middleware.find((middleware) => 'router' in middleware) as unknown as { router: Router };
  return routed.router.stack.map(({ path, methods }) => ({ path: String(path), methods }));
}

function walk(node: unknown, visit: (node: Record<string, unknown>) => void): void {
  if (typeof node !== 'object' || node === null) return;
  if (!Array.isArray(node)) visit(node as Record<string, unknown>);
  for (const child of Object.values(node)) walk(child, visit);
}

/** A schema whose references to components lead into the document. */
function withRoot(schema: object): object {
  return JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"openapi#/')) as object;
}

/** The value of an example object, or of the component it refers to. */
function valueOf(example: object): unknown {
  if (!('$ref' in example)) return (example as { value: unknown }).value;
  const name = String(example.$ref).split('/').at(-1) ?? '';
  return componentExamples[name]?.value;
}
