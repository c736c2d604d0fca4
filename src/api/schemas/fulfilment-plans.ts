import { z } from 'zod';
import { allocationStrategies } from '../../domain/allocation.ts';
import { passedOverReasons, type FulfilmentPlan } from '../../domain/fulfilment-plan.ts';
import { checkItems, itemFields, itemForms, itemsOf } from './items.ts';
import { presentShortage, shortage } from './problems.ts';
import { acrossFields, region } from './values.ts';

const plan = z
  .strictObject({
    allocation: z.enum(allocationStrategies),
    possible: z.boolean(),
    warehouses: z.int().meta({ description: 'From how many warehouses something would be sent.' }),
    lines: z.array(
      z.strictObject({
        product_id: z.guid(),
        sku: z.string(),
        quantity: z.int(),
        allocations: z.array(z.strictObject({ warehouse: z.string(), quantity: z.int() })),
      }),
    ),
    shortages: z
      .array(shortage)
      .meta({ description: 'What an order would be refused with; empty when it is possible.' }),
    passed_over: z
      .array(z.strictObject({ warehouse: z.string(), reason: z.enum(passedOverReasons), detail: z.string() }))
      .meta({ description: 'Warehouses that hold some of the products and would give nothing, and why.' }),
  })
  .meta({ id: 'FulfilmentPlan', description: 'What one way of allocating would do.' });

export const fulfilmentPlans = z
  .strictObject({ region: z.string().nullable(), plans: z.array(plan) })
  .meta({ id: 'FulfilmentPlans', description: 'What each way of allocating would do; `nearest` only with a region.' });

export function presentPlans(
  plans: readonly FulfilmentPlan[],
  region: string | null,
): z.output<typeof fulfilmentPlans> {
  return { region, plans: plans.map(presentPlan) };
}

function presentPlan(of: FulfilmentPlan): z.output<typeof plan> {
  return {
    allocation: of.allocation,
    possible: of.possible,
    warehouses: of.warehouses,
    lines: of.lines.map(({ item: { product, quantity }, allocations }) => ({
      product_id: product.id,
      sku: product.sku,
      quantity,
      allocations: allocations.map(({ warehouse, quantity }) => ({ warehouse, quantity })),
    })),
    shortages: of.shortages.map(presentShortage),
    passed_over: of.passedOver.map(({ warehouse, reason, detail }) => ({ warehouse, reason, detail })),
  };
}

const planBody = z.strictObject({ ...itemFields, region: region.optional() });

/** What is to be planned: items as an order has them, each product once. */
export const newFulfilmentPlan = planBody
  .superRefine(acrossFields(checkItems))
  .transform((body) => ({ items: itemsOf(body), region: body.region ?? null }))
  .meta({ id: 'NewFulfilmentPlan', type: 'object', oneOf: itemForms(planBody) });
