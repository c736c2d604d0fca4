import { setMaxListeners } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { ask } from '../seed/ask.ts';
import { Tally } from '../seed/tally.ts';
import { seedShop, type SeedOptions } from '../seed/seed-shop.ts';
import type { ShopApi } from '../shop/shop-api.ts';
import { between, drawShopper } from './chance.ts';
import { shop, type Shelf } from './shopper.ts';

/** A small one: it is filled in a moment, and things run out in it. */
const size = { products: 20, orders: 60, seed: 1, inFlight: 4 };

/** Shoppers at once: as many as one can still look at. */
const crowd = 25;

/** Milliseconds between two shoppers, two deliveries and two lines. */
const pauses = { shopper: { min: 200, max: 1_500 }, delivery: { min: 6_000, max: 14_000 }, line: 30_000 } as const;

const names = [
  'ordered',
  'confirmed',
  'shipped',
  'delivered',
  'cancelled',
  'expired',
  'waiting',
  'served',
  'refused',
  'restocked',
];

/**
 * Fills a shop, lets shoppers in for some minutes, and closes.
 * @throws StackError when the API does not do what it should; the reason of the signal
 */
export async function openShop({
  api,
  address,
  temporalUiUrl,
  minutes,
  say,
  output,
  signal,
}: {
  readonly api: ShopApi;
  readonly address: string;
  readonly temporalUiUrl: string | undefined;
  readonly minutes: number;
  readonly say: (line: string) => void;
  readonly output: SeedOptions['output'];
  readonly signal: AbortSignal;
}): Promise<void> {
  await api.assertReachable();
  say('');
  say('Filling a small shop …');
  const { wasThere, summary } = await seedShop({ api, ...size, output, signal });
  for (const line of wasThere ? ['It is there from before.'] : summary) say(line);

  say('');
  say(`Shoppers come for ${minutes} minute${minutes === 1 ? '' : 's'}. Look at it here:`);
  say(`  Console          ${address}/`);
  say(`  Docs             ${address}/docs`);
  if (temporalUiUrl !== undefined) say(`  Temporal Web UI  ${temporalUiUrl}`);
  const tally = new Tally();
  await openFor(minutes * 60_000, signal, (closing) => [
    letShoppersIn(api, tally, closing),
    restock(api, tally, closing),
    tell(tally, say, closing),
  ]);
  say(`In all: ${tally.line(names)}.`);
  say('The busy minutes are over. The stack stays up; Ctrl-C stops it.');
}

/** Lets several things go on for some time. What they were at in the end is given up. */
async function openFor(
  ms: number,
  signal: AbortSignal,
  begin: (closing: AbortSignal) => readonly Promise<void>[],
): Promise<void> {
  const closing = new AbortController();
  const both = AbortSignal.any([closing.signal, signal]);
  // Every shopper listens to it.
  setMaxListeners(0, both);
  const all = begin(both).map((one) =>
    one.catch((error: unknown) => {
      if (both.aborted) return;
      closing.abort(error);
    }),
  );
  await delay(ms, undefined, { signal: both }).catch(() => undefined);
  const failure: unknown = closing.signal.aborted ? closing.signal.reason : undefined;
  closing.abort();
  await Promise.all(all);
  signal.throwIfAborted();
  if (failure !== undefined) throw failure;
}

async function letShoppersIn(api: ShopApi, tally: Tally, closing: AbortSignal): Promise<void> {
  const inside = new Set<Promise<void>>();
  let shelves = await readShelves(api);
  try {
    for (let count = 1; ; count++) {
      if (inside.size < crowd) {
        const visit = shop(api, { name: drawShopper(), shelves, tally, closing })
          .catch(() => {
            // One who gets no answer goes elsewhere; the others stay.
            if (!closing.aborted) tally.add('without an answer');
          })
          .finally(() => inside.delete(visit));
        inside.add(visit);
      }
      await delay(between(pauses.shopper), undefined, { signal: closing });
      if (count % 10 === 0) shelves = await readShelves(api);
    }
  } finally {
    await Promise.all(inside);
  }
}

/** Brings what has nearly run out. */
async function restock(api: ShopApi, tally: Tally, closing: AbortSignal): Promise<void> {
  for (;;) {
    await delay(between(pauses.delivery), undefined, { signal: closing });
    const [emptiest] = (await readShelves(api)).toSorted((a, b) => a.available_stock - b.available_stock);
    if (emptiest === undefined || emptiest.available_stock > 10) continue;
    const body = { delta: between({ min: 3, max: 15 }), reason: 'a delivery came' };
    await ask(api, { method: 'POST', path: `/api/products/${emptiest.id}/adjust-stock/`, body, actor: 'stockroom' });
    tally.add('restocked');
  }
}

async function tell(tally: Tally, say: (line: string) => void, closing: AbortSignal): Promise<void> {
  for (;;) {
    await delay(pauses.line, undefined, { signal: closing });
    say(`${new Date().toTimeString().slice(0, 8)}  ${tally.line(names)}`);
  }
}

const shelf = z.object({ id: z.string(), active: z.boolean(), available_stock: z.int() });

async function readShelves(api: ShopApi): Promise<Shelf[]> {
  const { data } = await ask(api, { method: 'GET', path: '/api/products/?limit=100' });
  return z
    .array(shelf)
    .parse(data)
    .filter(({ active }) => active);
}
