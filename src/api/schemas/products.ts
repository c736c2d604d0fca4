import { z } from 'zod';
import { limits } from '../../domain/limits.ts';
import type { Product } from '../../domain/product.ts';
import { paging } from './queries.ts';
import { commaList, money, plainText, price, sku, timestamp, uuid, wholeNumber } from './values.ts';

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
    created_at: timestamp,
    updated_at: timestamp,
  })
  .meta({ id: 'Product', description: 'What is sold. Its total stock is what is available and what is reserved.' });

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
    created_at: of.createdAt,
    updated_at: of.updatedAt,
  };
}

export const productPath = z.strictObject({ id: uuid });

export const productQuery = z.strictObject({
  ...paging,
  sku: commaList(sku).optional(),
  q: plainText(limits.name).optional(),
});

const name = plainText(limits.name);

export const newProduct = z
  .strictObject({
    name,
    price,
    total_stock: wholeNumber(0, limits.stock),
    sku: sku.optional(),
  })
  .meta({ id: 'NewProduct' });

export const productChanges = z
  .strictObject({ name: name.optional(), price: price.optional(), active: z.boolean().optional() })
  .refine((changes) => Object.values(changes).some((value) => value !== undefined), {
    error: 'must have at least one of name, price, active',
  })
  .meta({ id: 'ProductChanges', minProperties: 1 });

export const stockAdjustment = z
  .strictObject({
    delta: wholeNumber(-limits.stock, limits.stock)
      .refine((delta) => delta !== 0, 'must not be 0')
      .meta({ not: { const: 0 } }),
    reason: plainText(limits.reason),
  })
  .meta({ id: 'StockAdjustment' });
