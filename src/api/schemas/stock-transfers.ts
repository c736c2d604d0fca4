import { z } from 'zod';
import { limits } from '../../domain/limits.ts';
import type { Transfer } from '../../domain/transfer.ts';
import { plainText, quantity, timestamp, uuid, warehouseCode } from './values.ts';

export const transfer = z
  .strictObject({
    id: z.guid(),
    product_id: z.guid(),
    from: z.string(),
    to: z.string(),
    quantity: z.int(),
    reason: z.string(),
    actor: z.string(),
    created_at: timestamp,
  })
  .meta({ id: 'Transfer', description: 'Units of a product that went from one warehouse to another.' });

export function presentTransfer(of: Transfer): z.output<typeof transfer> {
  const { id, productId: product_id, from, to, quantity, reason, actor, createdAt: created_at } = of;
  return { id, product_id, from, to, quantity, reason, actor, created_at };
}

export const transferPath = z.strictObject({ id: uuid });

export const newTransfer = z
  .strictObject({
    product_id: uuid,
    from: warehouseCode.meta({ examples: ['MAIN'] }),
    to: warehouseCode,
    quantity,
    reason: plainText(limits.reason),
  })
  .refine(({ from, to }) => from !== to, { path: ['to'], error: 'must be another warehouse than from' })
  .meta({ id: 'NewTransfer' });
