import assert from 'node:assert/strict';
import { v7 as uuidv7 } from 'uuid';
import { openApiDocument } from '../../src/api/openapi/document.ts';
import { takesKey, type Route } from '../../src/api/route.ts';
import { routes } from '../../src/api/routes/index.ts';
import {
  createOrder,
  createProduct,
  createReservation,
  createWarehouse,
  expectStatus,
  moveThrough,
  transferStock,
  type ReturnWire,
  type TestApi,
} from './api.ts';
import type { RequestOptions } from './http.ts';

/** What the parameters of paths and the bodies of requests name. */
export interface Objects {
  readonly product: string;
  readonly warehouse: string;
  readonly transfer: string;
  readonly key: string;
  /** Another key, as its holder sends it. */
  readonly secret: string;
  readonly reservation: string;
  readonly order: string;
  /** One that was delivered, and a return of it. */
  readonly delivered: string;
  readonly returned: string;
}

/** A request that a route takes. */
export interface Sample {
  readonly path: string;
  readonly options: RequestOptions;
}

/** Bodies of requests in the document, by path and method. */
type Documented = Readonly<
  Record<string, Record<string, { requestBody?: { content: Record<string, { examples: Record<string, unknown> }> } }>>
>;

const document = openApiDocument(routes);
let made = 0;

/** What the examples of the document name without an id: products by SKU and warehouses by code. */
export async function makeExamples(api: TestApi): Promise<void> {
  for (const sku of ['LAMP-1', 'CHAIR-1']) await createProduct(api, { sku });
  await createWarehouse(api, { code: 'EAST-1' });
}

/** The part of {@link Objects} that takes the role admin to make. */
export async function makeCatalogue(
  api: TestApi,
): Promise<Pick<Objects, 'product' | 'warehouse' | 'transfer' | 'key' | 'secret'>> {
  const code = `W-${++made}`;
  const { id: product } = await createProduct(api, { total_stock: 1_000_000 });
  await createWarehouse(api, { code });
  const { id: transfer } = await transferStock(api, { product_id: product, to: code, quantity: 10_000 });
  const makeKey = async () => {
    const fields = { name: `made-${made}`, role: 'viewer' };
    return expectStatus(201, await api.post<{ id: string; key: string }>('/api/keys/', fields));
  };
  const [{ id: key }, { key: secret }] = [await makeKey(), await makeKey()];
  return { product, warehouse: code, transfer, key, secret };
}

/** The part that takes the role operator. */
export async function makeWork(
  api: TestApi,
  product_id: string,
): Promise<Pick<Objects, 'reservation' | 'order' | 'delivered' | 'returned'>> {
  const { id: reservation } = await createReservation(api, { product_id, quantity: 1 });
  const { id: order } = await createOrder(api, { product_id, quantity: 1 });
  const { id: delivered } = await createOrder(api, { product_id, quantity: 1_000 });
  await moveThrough(api, delivered, ['confirmed', 'processing', 'shipped', 'delivered']);
  const body = { line: 1, quantity: 1, restock: true, reason: 'wrong colour' };
  const { id: returned } = expectStatus(201, await api.post<ReturnWire>(`/api/orders/${delivered}/returns/`, body));
  return { reservation, order, delivered, returned };
}

/** Ids of nothing. */
export function nothing(): Objects {
  const [product, transfer, reservation, order, delivered, returned] = Array.from({ length: 6 }, () => uuidv7());
  assert.ok(product && transfer && reservation && order && delivered && returned);
  const ids = { product, transfer, reservation, order, delivered, returned };
  return { ...ids, warehouse: 'NOWHERE', key: 'aaaaaaaaaaaa', secret: 'earmark_aaaaaaaaaaaa_' };
}

/**
 * A request to a route: its path names objects, its body is the first example of the document, about a product of theirs.
 * @throws AssertionError when the generator knows no value for a parameter of the path
 */
export function sampleOf(route: Route, objects: Objects, known: Objects = objects): Sample {
  const path = route.path.replaceAll(/([^/]+)\/\{(\w+)\}/g, (_, collection: string, name: string) => {
    return `${collection}/${parameter(route, `${collection}/${name}`, objects)}`;
  });
  const body = bodyOf(route, known);
  return { path, options: body === undefined ? {} : { body } };
}

function parameter({ path, operationId }: Route, name: string, objects: Objects): string {
  const values: Readonly<Record<string, string>> = {
    'products/id': objects.product,
    'warehouses/code': objects.warehouse,
    'stock-transfers/id': objects.transfer,
    'keys/id': objects.key,
    'reservations/id': objects.reservation,
    'orders/id': path.includes('/returns/') ? objects.delivered : objects.order,
    'returns/return_id': objects.returned,
    'assets/file': objects.warehouse === 'NOWHERE' ? 'nothing.css' : assetName(path),
  };
  const value = values[name];
  assert.ok(value, `There is no sample for ${name} in the path of ${operationId}: add one to support/route-samples.ts`);
  return value;
}

/** A file that a page loads. */
function assetName(at: string): string {
  const asset = routes.find(({ path }) => path === at && path.endsWith('/{file}'));
  const { properties } = (asset?.params?.toJSONSchema() ?? {}) as { properties?: { file?: { enum: string[] } } };
  return properties?.file?.enum[0] ?? '';
}

function bodyOf(route: Route, { product, warehouse, secret }: Objects): unknown {
  if (route.body === undefined) return undefined;
  const { content } = (document.paths as Documented)[route.path]?.[route.method.toLowerCase()]?.requestBody ?? {};
  const [example] = Object.values(content?.['application/json']?.examples ?? {}) as { value: unknown }[];
  assert.ok(example, `The document has no example of a body for ${route.operationId}`);
  // Examples are about a lamp in Hamburg: the same about what there is. What must be new gets a new name.
  const text = JSON.stringify(example.value)
    .replaceAll(/"product_id":"[^"]+"/g, `"product_id":"${product}"`)
    .replaceAll('"to":"HAM"', `"to":"${warehouse}"`)
    .replaceAll(/"key":"[^"]+"/g, `"key":"${secret}"`);
  const renamed = { createProduct: { sku: `NEW-${++made}` }, createWarehouse: { code: `N-${made}` } }[
    route.operationId
  ];
  return renamed === undefined ? JSON.parse(text) : { ...(JSON.parse(text) as object), ...renamed };
}

/** Statuses of an answer to a sample that names what there is, for routes where nothing about the objects can refuse it. */
export function expectedStatuses(route: Route): readonly number[] | undefined {
  if (204 in route.responses) return [204];
  if (route.method === 'GET' || route.onlyLooks === true) return [200 in route.responses ? 200 : 202];
  if (!(201 in route.responses)) return undefined;
  return takesKey(route) && route.places === true ? [201, 202] : [201];
}
