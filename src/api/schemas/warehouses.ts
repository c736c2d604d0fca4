import { z } from 'zod';
import { limits } from '../../domain/limits.ts';
import type { Warehouse } from '../../domain/warehouse.ts';
import { flag, paging } from './queries.ts';
import { plainText, region, timestamp, warehouseCode, wholeNumber } from './values.ts';

export const warehouse = z
  .strictObject({
    code: z.string(),
    name: z.string(),
    region: z.string().nullable(),
    priority: z.int(),
    active: z.boolean(),
    created_at: timestamp,
    updated_at: timestamp,
  })
  .meta({
    id: 'Warehouse',
    description:
      'Where stock lies. The lowest priority is used first, then the code decides. An inactive one takes no new reservations.',
  });

export function presentWarehouse(of: Warehouse): z.output<typeof warehouse> {
  const { code, name, region, priority, active, createdAt: created_at, updatedAt: updated_at } = of;
  return { code, name, region, priority, active, created_at, updated_at };
}

export const warehousePath = z.strictObject({ code: warehouseCode });

export const warehouseQuery = z.strictObject({ ...paging, active: flag.optional() });

const name = plainText(limits.name);
const priority = wholeNumber(0, limits.priority);

export const newWarehouse = z
  .strictObject({
    code: warehouseCode,
    name,
    region: region.nullable().optional().meta({ description: 'Null, or left out, when nobody knows.' }),
    priority: priority.default(100),
    active: z.boolean().default(true),
  })
  .meta({ id: 'NewWarehouse' });

export const warehouseChanges = z
  .strictObject({
    name: name.optional(),
    region: region.nullable().optional().meta({ description: 'Null when it is not to be known any more.' }),
    priority: priority.optional(),
    active: z.boolean().optional(),
  })
  .refine((changes) => Object.values(changes).some((value) => value !== undefined), {
    error: 'must have at least one of name, region, priority, active',
  })
  .meta({ id: 'WarehouseChanges', minProperties: 1 });
