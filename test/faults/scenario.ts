import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { findDiscrepancies } from '../../src/persistence/books/check.ts';
import { until } from '../support/until.ts';
import { assertRescuedAsTold, assertServedInOrder } from './aftermath.ts';
import { Caller, newKey } from './caller.ts';
import { report } from './figures.ts';
import { otherWarehouses, startLoad, type Load } from './load.ts';
import { decideAll, finishAll, isSettled } from './outcome.ts';
import type { System } from './system.ts';
import { watchBooks } from './watcher.ts';

/** What is needed of a shop to shop there and to look at its books. */
export type Shop = Pick<System, 'urls' | 'databaseUrl' | 'db' | 'client' | 'heal'>;

/** What a scenario may do while its shoppers shop. */
export interface Run<S extends Shop = System> {
  readonly system: S;
  readonly caller: Caller;
  readonly load: Load;
  /** The products on sale; the first one is in every other basket. */
  readonly productIds: readonly string[];
  readonly seed: number;
}

export interface ScenarioOptions<S extends Shop> {
  /** As it is called in the documentation. */
  readonly name: string;
  readonly system: S;
  readonly seed: number;
  readonly shoppers?: number;
  readonly pauseMs?: number;
  /** Milliseconds of shopping before and after the fault. */
  readonly calmMs?: number;
  /** Milliseconds after healing in which an order must have been placed; as long as anything may take to settle unless given. */
  readonly usableWithin?: number;
  /** Milliseconds after healing in which everything ambiguous must have been decided by repeating it; as for settling unless given. */
  readonly decidedWithin?: number;
  /** Whether Temporal forgets what it knew of orders that had ended. */
  readonly historyLost?: boolean;
}

/** Milliseconds in which every answer must come, and after healing everything must be settled. */
const limits = { answer: 5_000, settled: 30_000 } as const;

/**
 * Lets shoppers shop, breaks something under them, heals it, and demands what Earmark promises: every acknowledged order has one
 * ending; every ambiguous answer, repeated with its key, resolves to one order; the books balance in every snapshot; replaying each
 * object's audit entries gives its row; all is settled within 30 s of healing, whoever waits and can be served included; waiting orders are
 * served in the order they came; every answer came within 5 s.
 */
export async function underLoad<S extends Shop>(
  options: ScenarioOptions<S>,
  breakThings: (run: Run<S>) => Promise<void>,
): Promise<void> {
  const { name, system, seed, shoppers = 4, pauseMs = 20, calmMs = 1_000 } = options;
  const caller = new Caller(system.urls);
  const productIds = await stockProducts(caller);
  const watcher = watchBooks(system.databaseUrl);
  const load = startLoad(caller, { seed, shoppers, productIds, pauseMs });
  let healedAt: number;
  let settledMs: number;
  try {
    try {
      await delay(calmMs);
      await breakThings({ system, caller, load, productIds, seed });
    } finally {
      await system.heal();
      healedAt = Date.now();
      await delay(calmMs);
      await load.stop();
    }
    const deciding = decideAll(caller, load, healedAt + (options.decidedWithin ?? limits.settled));
    const settling = until(() => isSettled(system.db), Math.max(1, healedAt + limits.settled - Date.now()));
    const [outcomes] = await Promise.all([deciding, settling]);
    settledMs = Date.now() - healedAt;
    await finishAll(caller, system, outcomes, options);
    await assertServedInOrder(system.db);
    await assertRescuedAsTold(system.db, caller.exchanges);
  } finally {
    await watcher.stop();
  }
  const { snapshots, contradictions } = watcher;

  report({ name, seed, exchanges: caller.exchanges, snapshots, healedAt, settledMs });
  assert.deepEqual(contradictions, [], 'the books balance in every snapshot');
  assert.deepEqual(await findDiscrepancies(system.db), [], 'the books balance afterwards');
  assert.ok(snapshots > 0, 'there was a snapshot');
  const answers = caller.exchanges.map(({ answer }) => answer);
  const late = answers.filter(({ askedAt, answeredAt }) => answeredAt - askedAt > limits.answer);
  assert.deepEqual(late, [], `every answer came within ${limits.answer} ms`);
  const odd = answers.filter(({ status, code }) => status === 500 || code === 'internal' || status === 400);
  assert.deepEqual(odd, [], 'nobody was told of an error that is none of theirs');
  const { usableWithin = limits.settled } = options;
  assert.ok(
    answers.some(
      ({ status, answeredAt }) => status === 201 && answeredAt >= healedAt && answeredAt <= healedAt + usableWithin,
    ),
    `an order was placed within ${usableWithin} ms of healing`,
  );
}

/** Products to shop, in several warehouses, one of which soon runs out. */
export async function stockProducts(caller: Caller): Promise<string[]> {
  for (const { code, region } of otherWarehouses) {
    const body = { code, name: 'Fault test', region, priority: 50 };
    const { status } = await caller.send({ method: 'POST', path: '/api/warehouses/', body, key: newKey() });
    assert.ok([201, 409].includes(status), 'the warehouse is there');
  }
  const products: string[] = [];
  for (const units of [100_000, 10_000, 10_000, 10_000, 6]) {
    const stock = ['MAIN', ...otherWarehouses.map(({ code }) => code)].map((warehouse) => ({
      warehouse,
      // Of the last product there are so few that an order of three has to be split.
      quantity: warehouse === 'MAIN' ? units : Math.min(units, 2_000),
    }));
    const body = { name: 'Fault test', price: '2.50', stock };
    const { data } = await caller.send({ method: 'POST', path: '/api/products/', body, key: newKey() });
    assert.ok(data?.id, 'a product could be made');
    products.push(data.id);
  }
  return products;
}
