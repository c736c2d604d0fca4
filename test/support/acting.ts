import type { Knex } from 'knex';
import type { OrderHold } from '../../src/activities/order-hold.ts';
import { defaultHoldRules } from '../../src/domain/holding-limits.ts';
import * as asWorker from './as-worker.ts';

/** What activities do as the role of workers, for tests that are about neither waiting lists nor limits: nobody is woken or limited. */

const { limits } = defaultHoldRules;

export async function reserveOrder(
  db: Knex,
  ...[input, cause]: Parts<typeof asWorker.reserveOrder>
): Promise<OrderHold> {
  return (await asWorker.reserveOrder(db, input, limits, cause)).value;
}

export function reserveStock(db: Knex, ...[input, cause]: Parts<typeof asWorker.reserveStock>) {
  return asWorker.reserveStock(db, input, limits, cause);
}

export async function endOrderHold(...parts: Parameters<typeof asWorker.endOrderHold>) {
  return (await asWorker.endOrderHold(...parts)).value;
}

export async function endReservationHold(...parts: Parameters<typeof asWorker.endReservationHold>) {
  return (await asWorker.endReservationHold(...parts)).value;
}

export async function advanceOrder(...parts: Parameters<typeof asWorker.advanceOrder>) {
  return (await asWorker.advanceOrder(...parts)).value;
}

export async function returnItems(...parts: Parameters<typeof asWorker.returnItems>) {
  return (await asWorker.returnItems(...parts)).value;
}

type Parts<F> = F extends (db: Knex, input: infer I, limits: never, cause: infer C) => unknown ? [I, C] : never;
