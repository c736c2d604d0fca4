import { openLevels, planFulfilment } from '../../domain/fulfilment-plan.ts';
import { forSale } from '../../domain/product.ts';
import { readStock } from '../../persistence/stock-levels.ts';
import { defineRoute, type Route } from '../route.ts';
import { fulfilmentPlans, newFulfilmentPlan, presentPlans } from '../schemas/fulfilment-plans.ts';

const plan = defineRoute({
  method: 'POST',
  path: '/api/fulfilment-plans/',
  operationId: 'planFulfilment',
  access: 'viewer',
  tag: 'orders',
  summary: 'Tell where the units of an order would come from by each way of allocating; nothing is reserved',
  body: newFulfilmentPlan,
  onlyLooks: true,
  responses: { 200: { description: 'What each way would do with the stock of this moment', data: fulfilmentPlans } },
  problems: ['validation-failed', 'not-found', 'product-inactive', 'unavailable'],
  handle: async ({ body: { items, region } }, { db }) => {
    const products = await readStock(
      db,
      items.map(({ productId }) => productId),
    );
    const wanted = items.map(({ productId, quantity }) => {
      const product = forSale(products, productId);
      return { product, quantity, levels: openLevels(product) };
    });
    return { status: 200, data: presentPlans(planFulfilment(wanted, region), region) };
  },
});

export const fulfilmentPlanRoutes: readonly Route[] = [plan];
