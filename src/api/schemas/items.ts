import { z } from 'zod';
import { limits } from '../../domain/limits.ts';
import { sumByProduct, type RequestedItem } from '../../domain/order.ts';
import { jsonSchema, quantity, uuid, type Refuse } from './values.ts';

const item = z.strictObject({ product_id: uuid, quantity });

/** What is wanted, in a body: one product with its quantity, or several items. */
export const itemFields = {
  product_id: uuid.optional(),
  quantity: quantity.optional(),
  items: z.array(item).min(1).max(limits.linesPerOrder).optional(),
};

type ItemFields = z.output<z.ZodObject<typeof itemFields>>;

/** Refuses what the fields do not say of one another: one of both forms, and not too many units of one product. */
export function checkItems(body: ItemFields, refuse: Refuse): void {
  for (const field of ['product_id', 'quantity'] as const) {
    if (body.items === undefined && body[field] === undefined) refuse(field, 'is required when there are no items');
    if (body.items !== undefined && body[field] !== undefined) refuse(field, 'must not stand beside items');
  }
  const tooMany = (of: readonly { readonly quantity: number }[]) =>
    of.some(({ quantity }) => quantity > limits.quantity);
  // A single quantity that is too large has its own message.
  if (body.items !== undefined && !tooMany(body.items) && tooMany(itemsOf(body))) {
    refuse('items', `must not add up to more than ${limits.quantity} units of one product`);
  }
}

/** What is wanted, each product once. */
export function itemsOf({ product_id, quantity, items }: ItemFields): RequestedItem[] {
  const single = product_id === undefined || quantity === undefined ? [] : [{ product_id, quantity }];
  return sumByProduct((items ?? single).map(({ product_id, quantity }) => ({ productId: product_id, quantity })));
}

/** Both forms of a body as JSON Schema. */
export function itemForms(body: z.ZodObject<typeof itemFields>): readonly Record<string, unknown>[] {
  return [
    jsonSchema(body.omit({ items: true }).required({ product_id: true, quantity: true })),
    jsonSchema(body.omit({ product_id: true, quantity: true }).required({ items: true })),
  ];
}
