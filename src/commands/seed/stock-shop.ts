import { z } from 'zod';
import { isDone, type ShopApi } from '../shop/shop-api.ts';
import { ask } from './ask.ts';
import { plannedWarehouses, type PlannedProduct } from './plan-products.ts';

const withId = z.object({ id: z.string() });

/** Makes the warehouses beside MAIN, unless they are there. */
export async function makeWarehouses(api: ShopApi): Promise<void> {
  for (const body of plannedWarehouses) {
    await ask(api, {
      method: 'POST',
      path: '/api/warehouses/',
      body,
      actor: 'seed',
      idempotencyKey: `seed-${body.code}`,
    });
  }
}

/** Makes a product, unless it is there. @returns its id, and whether it was made before */
export async function makeProduct(
  api: ShopApi,
  product: PlannedProduct,
  knowsThresholds: boolean,
): Promise<{ readonly id: string; readonly replayed: boolean }> {
  const { key, sku, name, price, stock, lowStockThreshold } = product;
  const threshold =
    knowsThresholds && lowStockThreshold !== undefined ? { low_stock_threshold: lowStockThreshold } : {};
  const body = { sku, name, price, stock, ...threshold };
  const made = await api.decide({ method: 'POST', path: '/api/products/', body, actor: 'seed', idempotencyKey: key });
  if (isDone(made)) return { id: withId.parse(made.data).id, replayed: made.replayed === true };
  // Of an earlier run whose key is forgotten, or by an API that did not know all of its fields.
  const { data } = await ask(api, { method: 'GET', path: `/api/products/?sku=${sku}` });
  const [there] = z.array(withId).parse(data);
  if (there === undefined) throw new Error(`The API does not make the product ${sku}: ${made.code} ${made.detail}`);
  return { id: there.id, replayed: true };
}

/** Whether products of this API can say when they are low. */
export async function knowsLowStock(api: ShopApi): Promise<boolean> {
  const openapi = await api.document('/openapi.json');
  const document = z
    .object({
      components: z.object({
        schemas: z.object({ NewProduct: z.object({ properties: z.record(z.string(), z.unknown()) }).optional() }),
      }),
    })
    .safeParse(openapi);
  return 'low_stock_threshold' in (document.data?.components.schemas.NewProduct?.properties ?? {});
}
