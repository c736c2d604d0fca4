import { z } from 'zod';
import type { OrderMovement } from '../../persistence/order-movements.ts';
import { paging } from './queries.ts';
import { movement, namedProduct, presentMovement, type WorkflowPages } from './stock-explanation.ts';

export const orderMovementsQuery = z.strictObject(paging);

export const orderMovement = z.strictObject({ ...movement.shape, product: namedProduct }).meta({
  id: 'OrderMovement',
  description: 'One change of one stock level for an order. `balance` is of the product in the warehouse.',
});

export function presentOrderMovement(
  of: OrderMovement,
  pages: WorkflowPages | undefined,
): z.output<typeof orderMovement> {
  const { id, sku, name } = of.product;
  return { ...presentMovement(of, pages), product: { id, sku, name } };
}
