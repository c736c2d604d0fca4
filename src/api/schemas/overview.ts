import { z } from 'zod';
import { orderStatuses } from '../../domain/order-status.ts';
import { endingSoonMinutes, mostOverviewHours, overviewEntries, type Overview } from '../../domain/overview.ts';
import { timestamp } from './values.ts';

const hoursRule = `must be a whole number from 1 to ${mostOverviewHours}`;

export const overviewQuery = z.strictObject({
  hours: z
    .string()
    .regex(/^\d{1,3}$/, hoursRule)
    .transform(Number)
    .pipe(z.int().min(1, hoursRule).max(mostOverviewHours, hoursRule))
    .default(24)
    .meta({
      type: 'integer',
      minimum: 1,
      maximum: mostOverviewHours,
      default: 24,
      pattern: undefined,
      description: 'How many hours the activity goes back.',
    }),
});

const count = z.int();

const namedProduct = { id: z.guid(), sku: z.string(), name: z.string() };

const scarceProduct = z
  .strictObject({
    ...namedProduct,
    available_stock: z.int(),
    reserved_stock: z.int(),
    low_stock_threshold: z.int().nullable(),
  })
  .meta({ id: 'ScarceProduct', description: 'A product that there is too little of.' });

const endingHold = z
  .strictObject({
    reservation_id: z.guid(),
    order_id: z.guid().nullable(),
    reference: z.string().nullable(),
    product: z.strictObject(namedProduct),
    quantity: z.int(),
    expires_at: timestamp,
    held_by: z.string(),
  })
  .meta({ id: 'EndingHold', description: 'An active reservation whose time is nearly over, or is over already.' });

const bucket = z
  .strictObject({ at: timestamp, placed: count, confirmed: count, expired: count, cancelled: count })
  .meta({
    id: 'ActivityBucket',
    description:
      'What happened to orders from `at` to the next bucket. `expired` are those whose hold ended, `cancelled` all others that were.',
  });

const few = `the first ${overviewEntries} of them`;

export const overview = z
  .strictObject({
    now: timestamp,
    orders: z
      .strictObject({
        pending: count,
        waiting: count,
        confirmed: count,
        processing: count,
        shipped: count,
        delivered: count,
        cancelled: count,
      })
      .meta({ description: 'How many orders there are. Those that wait for their units are not counted as pending.' }),
    stock: z
      .strictObject({ total: z.int(), available: z.int(), reserved: z.int() })
      .meta({ description: 'Units of all products.' }),
    products: z.strictObject({ total: count, active: count }),
    ending_soon: z
      .strictObject({ count, holds: z.array(endingHold) })
      .meta({ description: `Holds that end within ${endingSoonMinutes} minutes, and ${few}, soonest first.` }),
    sold_out: z
      .strictObject({ count, products: z.array(scarceProduct) })
      .meta({ description: `Active products with nothing available, and ${few}, by SKU.` }),
    low: z.strictObject({ count, products: z.array(scarceProduct) }).meta({
      description: `Active products with no more available than their threshold, and not nothing, and ${few}, fewest left first.`,
    }),
    waiting_lists: z
      .strictObject({ count, units: z.int() })
      .meta({ description: 'Orders that wait for their units, and how many units.' }),
    activity: z
      .strictObject({ bucket_seconds: z.int(), from: timestamp, buckets: z.array(bucket) })
      .meta({ description: 'What happened to orders, without gaps. The last bucket is not over yet.' }),
  })
  .meta({ id: 'Overview', description: 'How the shop stands, as of one moment.' });

export function presentOverview(of: Overview): z.output<typeof overview> {
  const { activity, endingSoon } = of;
  const orders = Object.fromEntries(
    ([...orderStatuses, 'waiting'] as const).map((status) => [status, of.orders[status]] as const),
  ) as Overview['orders'];
  return {
    now: of.now,
    orders,
    stock: of.stock,
    products: of.products,
    ending_soon: { count: endingSoon.count, holds: endingSoon.holds.map(presentHold) },
    sold_out: { count: of.soldOut.count, products: of.soldOut.products.map(presentScarce) },
    low: { count: of.low.count, products: of.low.products.map(presentScarce) },
    waiting_lists: of.waitingLists,
    activity: { bucket_seconds: activity.bucketSeconds, from: activity.from, buckets: [...activity.buckets] },
  };
}

function presentHold(of: Overview['endingSoon']['holds'][number]): z.output<typeof endingHold> {
  return {
    reservation_id: of.reservationId,
    order_id: of.orderId,
    reference: of.reference,
    product: of.product,
    quantity: of.quantity,
    expires_at: of.expiresAt,
    held_by: of.heldBy,
  };
}

function presentScarce(of: Overview['low']['products'][number]): z.output<typeof scarceProduct> {
  return {
    id: of.id,
    sku: of.sku,
    name: of.name,
    available_stock: of.availableStock,
    reserved_stock: of.reservedStock,
    low_stock_threshold: of.lowStockThreshold,
  };
}
