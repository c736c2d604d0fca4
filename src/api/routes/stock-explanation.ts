import { notFound } from '../../domain/errors.ts';
import { readProduct } from '../../persistence/products.ts';
import { explainStock } from '../../persistence/stock-explanation.ts';
import { readWarehouseIds } from '../../persistence/warehouses.ts';
import { positions } from '../cursor.ts';
import { turnPage } from '../pages.ts';
import { defineRoute, type Route } from '../route.ts';
import { productPath } from '../schemas/products.ts';
import { explanation, explanationQuery, presentExplanation } from '../schemas/stock-explanation.ts';

const explain = defineRoute({
  method: 'GET',
  path: '/api/products/{id}/stock/explain/',
  operationId: 'explainStock',
  access: 'viewer',
  tag: 'products',
  summary: 'Explain the stock of a product by the movements that made it, newest first',
  params: productPath,
  query: explanationQuery,
  responses: {
    200: { description: 'The figures, and a page of the movements', data: explanation, isPaged: true },
  },
  problems: ['validation-failed', 'not-found'],
  handle: async ({ params: { id }, query }, { db, config }) => {
    const { warehouse = null, at = null } = query;
    // The cursor of one product is none of another.
    const list = `explain ${id}`;
    const { read, nextCursor } = await turnPage({ list, query, position: positions.id }, async (page) => {
      const product = await readProduct(db, id);
      if (!product) throw notFound('Product', id);
      const warehouseId = warehouse === null ? null : (await readWarehouseIds(db, [warehouse])).get(warehouse);
      if (warehouseId === undefined) throw notFound('Warehouse', warehouse ?? '');
      const explained = await explainStock(db, { productId: id, warehouseId, at }, page);
      return { product, explained, next: explained.movements.next };
    });
    const { product, explained } = read;
    const data = presentExplanation(explained, { product, warehouse, at }, config.temporalUi);
    return { status: 200, data, nextCursor };
  },
});

export const stockExplanationRoutes: readonly Route[] = [explain];
