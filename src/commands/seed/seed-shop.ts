import { z } from 'zod';
import { sideBySide } from '../shop/side-by-side.ts';
import type { ShopApi } from '../shop/shop-api.ts';
import { ask } from './ask.ts';
import { planShop, type ShopSize } from './plan.ts';
import { plannedWarehouses } from './plan-products.ts';
import { playOrder, stepsOf, untilExpired, type OrderOutcome } from './play-order.ts';
import { playReservation } from './play-reservation.ts';
import { Progress, type ProgressOptions } from './progress.ts';
import { knowsLowStock, makeProduct, makeWarehouses } from './stock-shop.ts';
import { isPartial, stateNames, stateOf, Tally } from './tally.ts';

/** A shop that was filled. */
export interface SeededShop {
  /** Whether it was there already, as far as can be told, and nothing was done. */
  readonly wasThere: boolean;
  /** Of its products; none when it was there. */
  readonly productIds: readonly string[];
  /** What there is now. */
  readonly summary: readonly string[];
}

export interface SeedOptions extends ShopSize {
  readonly api: ShopApi;
  /** Requests under way at once. */
  readonly inFlight: number;
  readonly output: ProgressOptions['output'];
  readonly signal: AbortSignal;
}

/**
 * Fills a shop over HTTP. Everything has an Idempotency-Key made of the seed, so whoever does it again goes on where it was broken off.
 * @throws StackError when the API does not do what it should; the reason of the signal
 */
export async function seedShop({ api, inFlight, output, signal, ...size }: SeedOptions): Promise<SeededShop> {
  const plan = await planShop(size);
  if (await isThere(api, plan.lastReference)) return { wasThere: true, productIds: [], summary: [] };

  const parallel = { atOnce: inFlight, signal };
  const [last, ...others] = plan.orders.toReversed();
  const orders = others.toReversed();
  const steps = plan.orders.reduce((sum, order) => sum + stepsOf(order), 0);
  const total = plannedWarehouses.length + plan.products.length + steps + plan.reservations.length;
  const progress = new Progress({ total, output });
  try {
    await makeWarehouses(api);
    progress.advance(plannedWarehouses.length);

    const withThresholds = await knowsLowStock(api);
    const ids: string[] = [];
    await sideBySide([...plan.products.entries()], parallel, async ([index, product]) => {
      ids[index] = (await makeProduct(api, product, withThresholds)).id;
      progress.advance();
    });

    const outcomes: OrderOutcome[] = [];
    const reservations = new Tally();
    const play = [
      ...orders.map((order) => async () => {
        outcomes.push(await playOrder(api, order, ids));
        progress.advance(stepsOf(order));
      }),
      ...plan.reservations.map((reservation) => async () => {
        reservations.add(await playReservation(api, reservation, ids));
        progress.advance();
      }),
    ];
    await sideBySide(play, parallel, (one) => one());

    await untilAllExpired(api, outcomes, parallel);
    if (last !== undefined) outcomes.push(await playOrder(api, last, ids));
    const isOld = outcomes.length > 0 && outcomes.every(({ replayed }) => replayed);
    return { wasThere: isOld, productIds: ids, summary: summaryOf(plan.products.length, outcomes, reservations) };
  } finally {
    progress.clear();
  }
}

/** Whether the order that is placed last of all is there. */
async function isThere(api: ShopApi, lastReference: string): Promise<boolean> {
  const path = `/api/orders/?limit=1&reference=${encodeURIComponent(lastReference)}`;
  return z.array(z.unknown()).parse((await ask(api, { method: 'GET', path })).data).length > 0;
}

/** Waits for the end of those whose hold is over in a moment. */
async function untilAllExpired(
  api: ShopApi,
  outcomes: OrderOutcome[],
  parallel: { readonly atOnce: number; readonly signal: AbortSignal },
): Promise<void> {
  const soon = Date.now() + 60_000;
  await sideBySide([...outcomes.entries()], parallel, async ([index, outcome]) => {
    const { order } = outcome;
    if (typeof order === 'string' || order.status !== 'pending' || order.expires_at === null) return;
    if (Date.parse(order.expires_at) < soon) outcomes[index] = { ...outcome, order: await untilExpired(api, order) };
  });
}

function summaryOf(products: number, outcomes: readonly OrderOutcome[], reservations: Tally): string[] {
  const states = new Tally();
  for (const outcome of outcomes) states.add(stateOf(outcome));
  return [
    `Products      ${products} in ${1 + plannedWarehouses.length} warehouses`,
    `Orders        ${states.line(stateNames)}`,
    `Partial       ${outcomes.filter(isPartial).length}`,
    `Returns       ${outcomes.filter(({ cameBack }) => cameBack).length}`,
    `Reservations  ${reservations.line(['active', 'confirmed', 'released', 'expired'])}, each alone`,
  ];
}
