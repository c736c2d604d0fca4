import { z } from 'zod';
import { limits } from '../../domain/limits.ts';
import { defaultWarehouse } from '../../domain/product.ts';
import { jsonSchema, plainText, sku, warehouseCode, wholeNumber } from './values.ts';

const fields = z.strictObject({
  sku,
  warehouse: warehouseCode.default(defaultWarehouse),
  set_to: wholeNumber(0, limits.stock).optional(),
  delta: wholeNumber(-limits.stock, limits.stock)
    .refine((delta) => delta !== 0, 'must not be 0')
    .meta({ not: { const: 0 } })
    .optional(),
  reason: plainText(limits.reason),
});

/** One row of a list of stock levels. Whether it has one of `set_to` and `delta` is for check-stock-levels.ts to say. */
export const levelRow = fields.meta({
  id: 'StockLevelRow',
  type: 'object',
  description:
    'The stock level of a product in a warehouse, and its new total or how it changes. SKUs are compared ignoring case.',
  oneOf: [
    jsonSchema(fields.omit({ delta: true }).required({ set_to: true })),
    jsonSchema(fields.omit({ set_to: true }).required({ delta: true })),
  ],
});

export const stockLevelList = z
  .array(levelRow)
  .min(1)
  .max(limits.listedLevels)
  .meta({ id: 'StockLevelList', description: 'Each stock level once.' });

/** What a list of stock levels has as CSV: the same names, a row a line. */
export const stockLevelColumns = {
  sku: 'text',
  warehouse: 'text',
  set_to: 'number',
  delta: 'number',
  reason: 'text',
} as const satisfies Record<keyof z.input<typeof levelRow>, 'text' | 'number'>;

const result = z
  .strictObject({
    row: z.int().meta({ description: 'Its place in the list, from 0.' }),
    sku: z.string(),
    warehouse: z.string(),
    outcome: z.enum(['applied', 'unchanged', 'refused']),
    total: z.int(),
    available: z.int(),
    reserved: z.int(),
    problem: z.strictObject({ code: z.literal('stock-conflict'), detail: z.string() }).nullable(),
  })
  .meta({
    id: 'StockLevelResult',
    description:
      'What became of one row, and the stock level afterwards: of a refused one, as it stands. `unchanged`: it was so already.',
  });

export type LevelResult = z.output<typeof result>;

export const levelResults = z
  .strictObject({
    rows: z.int(),
    applied: z.int(),
    unchanged: z.int(),
    refused: z.int(),
    results: z.array(result).meta({ description: 'In the order of the list.' }),
  })
  .meta({ id: 'StockLevelResults' });

/** Counts what became of the rows of a list. */
export function presentResults(results: readonly LevelResult[]): z.output<typeof levelResults> {
  const count = (outcome: LevelResult['outcome']) => results.filter((result) => result.outcome === outcome).length;
  return {
    rows: results.length,
    applied: count('applied'),
    unchanged: count('unchanged'),
    refused: count('refused'),
    results: [...results],
  };
}
