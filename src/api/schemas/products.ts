import { z } from 'zod';
import { limits } from '../../domain/limits.ts';
import type { Product } from '../../domain/product.ts';
import { paging } from './queries.ts';
import {
  commaList,
  everyMistake,
  money,
  plainText,
  price,
  sku,
  timestamp,
  uuid,
  warehouseCode,
  wholeNumber,
} from './values.ts';

const whenLow =
  'The product is low when it is active and no more units than this are available; null when nobody said.';

export const product = z
  .strictObject({
    id: z.guid(),
    sku: z.string(),
    name: z.string(),
    price: money,
    currency: z.string(),
    active: z.boolean(),
    total_stock: z.int(),
    available_stock: z.int(),
    reserved_stock: z.int(),
    stock: z
      .array(z.strictObject({ warehouse: z.string(), total: z.int(), available: z.int(), reserved: z.int() }))
      .meta({ description: 'What lies in each warehouse, in the order in which warehouses are used.' }),
    created_at: timestamp,
    updated_at: timestamp,
    low_stock_threshold: z.int().nullable().meta({ description: whenLow }),
  })
  .meta({
    id: 'Product',
    description: 'What is sold. Its total stock is what is available and what is reserved, over all warehouses.',
  });

export function presentProduct(of: Product, currency: string): z.output<typeof product> {
  return {
    id: of.id,
    sku: of.sku,
    name: of.name,
    price: of.price,
    currency,
    active: of.active,
    total_stock: of.totalStock,
    available_stock: of.availableStock,
    reserved_stock: of.reservedStock,
    stock: of.stock.map(({ warehouse, total, available, reserved }) => ({ warehouse, total, available, reserved })),
    created_at: of.createdAt,
    updated_at: of.updatedAt,
    low_stock_threshold: of.lowStockThreshold,
  };
}

export const productPath = z.strictObject({ id: uuid });

export const productQuery = z.strictObject({
  ...paging,
  sku: commaList(sku).optional(),
  q: plainText(limits.name).optional(),
});

const name = plainText(limits.name);

const total = wholeNumber(0, limits.stock);

const threshold = total.nullable().optional();

/**
 * Units in the default warehouse, or in several that are named. New fields come last, here and below: a repeat is compared with a
 * first request, perhaps one from before they were there, field by field in this order.
 */
export const newProduct = z
  .strictObject({
    name,
    price,
    total_stock: total.optional().meta({ description: 'How many units lie in the warehouse `MAIN`.' }),
    sku: sku.optional(),
    stock: z
      .array(z.strictObject({ warehouse: warehouseCode, quantity: total }))
      .min(1)
      .max(limits.warehousesOfNewProduct)
      .optional()
      .meta({ description: 'How many units lie in each of several warehouses.' }),
    low_stock_threshold: threshold.meta({ description: whenLow }),
  })
  .superRefine(({ total_stock, stock }, context) => {
    const refuse = (path: string, message: string): void =>
      context.addIssue({ code: 'custom', path: [path], message, input: stock });
    if (total_stock === undefined && stock === undefined) refuse('total_stock', 'is required when there is no stock');
    if (total_stock !== undefined && stock !== undefined) refuse('stock', 'must not stand beside total_stock');
  }, everyMistake)
  .superRefine(({ stock = [] }, context) => {
    const firstOf = new Map<string, number>();
    for (const [index, { warehouse }] of stock.entries()) {
      const first = firstOf.get(warehouse);
      if (first === undefined) firstOf.set(warehouse, index);
      else {
        const message = `must not name ${warehouse} twice: /stock/${first} has it`;
        context.addIssue({ code: 'custom', path: ['stock', index, 'warehouse'], message, input: warehouse });
      }
    }
  })
  .meta({ id: 'NewProduct', oneOf: [{ required: ['total_stock'] }, { required: ['stock'] }] });

export const productChanges = z
  .strictObject({
    name: name.optional(),
    price: price.optional(),
    active: z.boolean().optional(),
    low_stock_threshold: threshold.meta({ description: `${whenLow} Null takes it away.` }),
  })
  .refine((changes) => Object.values(changes).some((value) => value !== undefined), {
    error: 'must have at least one of name, price, active, low_stock_threshold',
  })
  .meta({ id: 'ProductChanges', minProperties: 1 });

/** So many units more or less, or the total as it was counted. */
export const stockAdjustment = z
  .strictObject({
    delta: wholeNumber(-limits.stock, limits.stock)
      .refine((delta) => delta !== 0, 'must not be 0')
      .meta({ not: { const: 0 } })
      .optional(),
    reason: plainText(limits.reason),
    warehouse: warehouseCode.optional().meta({ description: 'Where; without it in `MAIN`.' }),
    set_to: total.optional().meta({ description: 'What the total is from now on.' }),
    expected: total.optional().meta({ description: 'The total that `set_to` replaces: refused when it is another.' }),
  })
  .superRefine(({ delta, set_to, expected }, context) => {
    const refuse = (path: string, message: string): void =>
      context.addIssue({ code: 'custom', path: [path], message, input: delta });
    if (delta === undefined && set_to === undefined) refuse('delta', 'is required when there is no set_to');
    if (delta !== undefined && set_to !== undefined) refuse('set_to', 'must not stand beside delta');
    if (expected !== undefined && set_to === undefined) refuse('expected', 'must not stand without set_to');
  }, everyMistake)
  .meta({
    id: 'StockAdjustment',
    oneOf: [
      { required: ['delta'], not: { anyOf: [{ required: ['set_to'] }, { required: ['expected'] }] } },
      { required: ['set_to'], not: { required: ['delta'] } },
    ],
  });
