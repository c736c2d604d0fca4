import { v7 as uuidv7 } from 'uuid';
import { notFound } from '../../domain/errors.ts';
import { defaultWarehouse } from '../../domain/product.ts';
import { listProducts } from '../../persistence/products.ts';
import { productAddress } from '../addresses.ts';
import { changeProduct, createProduct } from '../catalogue.ts';
import { positions } from '../cursor.ts';
import { defined } from '../defined.ts';
import { answerPage } from '../pages.ts';
import { remember } from '../remember.ts';
import { causeOf, defineRoute, linkByProduct, linksById, Rendered, type Route } from '../route.ts';
import {
  newProduct,
  presentProduct,
  product,
  productChanges,
  productPath,
  productQuery,
  stockAdjustment,
} from '../schemas/products.ts';
import { adjustStock } from '../stock.ts';
import { wakeAfterwards } from '../wake-afterwards.ts';

const list = defineRoute({
  method: 'GET',
  path: '/api/products/',
  operationId: 'listProducts',
  access: 'viewer',
  tag: 'products',
  summary: 'List products, newest first',
  query: productQuery,
  responses: { 200: { description: 'A page of products', items: product } },
  problems: ['validation-failed'],
  handle: ({ query }, { db, config }) =>
    answerPage(
      { list: 'products', query, position: positions.createdAt },
      (page) => listProducts(db, defined({ skus: query.sku, search: query.q }), page),
      (found) => presentProduct(found, config.currency),
    ),
});

const create = defineRoute({
  method: 'POST',
  path: '/api/products/',
  operationId: 'createProduct',
  access: 'admin',
  tag: 'products',
  summary: 'Create a product with its first units in stock',
  body: newProduct,
  responses: {
    201: {
      description: 'The product',
      data: product,
      links: {
        ...linksById('getProduct', 'changeProduct', 'adjustStock'),
        ...linkByProduct('createOrder'),
        ...linkByProduct('createReservation'),
      },
    },
  },
  problems: ['validation-failed', 'not-found', 'sku-taken', 'idempotency-key-reused'],
  handle: (request, { db, config }) =>
    remember(db, request.attempt, async (db) => {
      const { name, price, total_stock, stock, sku, low_stock_threshold: lowStockThreshold } = request.body;
      const id = uuidv7();
      const product = { id, sku: sku ?? generateSku(id), name, priceMinor: price, ...defined({ lowStockThreshold }) };
      const lots = stock ?? [{ warehouse: defaultWarehouse, quantity: total_stock ?? 0 }];
      const units = lots.map(({ warehouse, quantity }) => ({ warehouse, units: quantity }));
      const created = await createProduct(db, product, units, causeOf(request));
      const headers = { Location: productAddress(id) };
      return { status: 201, headers, data: presentProduct(created, config.currency) };
    }),
});

const read = defineRoute({
  method: 'GET',
  path: '/api/products/{id}/',
  operationId: 'getProduct',
  access: 'viewer',
  tag: 'products',
  summary: 'Read a product',
  params: productPath,
  responses: { 200: { description: 'The product', data: product } },
  problems: ['not-found'],
  handle: async ({ params: { id } }, { products }) => {
    const found = await products.read(id);
    if (found === undefined) throw notFound('Product', id);
    return { status: 200, data: new Rendered(found) };
  },
});

const change = defineRoute({
  method: 'PATCH',
  path: '/api/products/{id}/',
  operationId: 'changeProduct',
  access: 'admin',
  tag: 'products',
  summary: 'Change name, price, activity or threshold of a product',
  params: productPath,
  body: productChanges,
  responses: { 200: { description: 'The product after the change', data: product } },
  problems: ['validation-failed', 'not-found'],
  handle: (request, { db, config, wake }) =>
    wakeAfterwards(wake, async (noting) => {
      const { name, price: priceMinor, active, low_stock_threshold: lowStockThreshold } = request.body;
      const changes = defined({ name, priceMinor, active, lowStockThreshold });
      const changed = noting(await changeProduct(db, request.params.id, changes, causeOf(request)));
      return { status: 200, data: presentProduct(changed, config.currency) };
    }),
});

const adjust = defineRoute({
  method: 'POST',
  path: '/api/products/{id}/adjust-stock/',
  operationId: 'adjustStock',
  access: 'admin',
  tag: 'products',
  summary: 'Count units of a product in or out, or say how many there are',
  params: productPath,
  body: stockAdjustment,
  responses: { 200: { description: 'The product after the change', data: product } },
  problems: ['validation-failed', 'not-found', 'stock-conflict', 'stock-moved', 'idempotency-key-reused'],
  handle: (request, { db, config, wake }) =>
    wakeAfterwards(wake, (noting) =>
      remember(db, request.attempt, async (db) => {
        const { delta, set_to, expected, warehouse, reason } = request.body;
        // The schema lets exactly one of the two pass.
        const change = delta === undefined ? { setTo: set_to as number, ...defined({ expected }) } : { delta };
        const adjustment = { reason, ...defined({ warehouse }), ...change };
        const adjusted = noting(await adjustStock(db, request.params.id, adjustment, causeOf(request)));
        return { status: 200, data: presentProduct(adjusted, config.currency) };
      }),
    ),
});

/** The last twelve digits of a UUIDv7 are random. */
function generateSku(id: string): string {
  return `P-${id.slice(-12).toUpperCase()}`;
}

export const productRoutes: readonly Route[] = [list, create, read, change, adjust];
