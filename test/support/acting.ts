import type { Knex } from 'knex';
import * as advancing from '../../src/activities/advance-order.ts';
import * as ending from '../../src/activities/end-hold.ts';
import type { OrderHold } from '../../src/activities/order-hold.ts';
import * as reserving from '../../src/activities/reserve-order.ts';
import * as taking from '../../src/activities/reserve-stock.ts';
import * as returning from '../../src/activities/return-items.ts';
import { defaultHoldRules } from '../../src/domain/holding-limits.ts';
import { asRole } from './postgres.ts';

/** What activities do as the role of workers, for tests that are about neither waiting lists nor limits: nobody is woken or limited. */

const { limits } = defaultHoldRules;

export async function reserveOrder(
  db: Knex,
  ...[input, cause]: Parts<typeof reserving.reserveOrder>
): Promise<OrderHold> {
  return (await reserving.reserveOrder(asRole(db, 'worker'), input, limits, cause)).value;
}

export function reserveStock(db: Knex, ...[input, cause]: Parts<typeof taking.reserveStock>) {
  return taking.reserveStock(asRole(db, 'worker'), input, limits, cause);
}

export async function endOrderHold(...[db, ...parts]: Parameters<typeof ending.endOrderHold>) {
  return (await ending.endOrderHold(asRole(db, 'worker'), ...parts)).value;
}

export async function endReservationHold(...[db, ...parts]: Parameters<typeof ending.endReservationHold>) {
  return (await ending.endReservationHold(asRole(db, 'worker'), ...parts)).value;
}

export async function advanceOrder(...[db, ...parts]: Parameters<typeof advancing.advanceOrder>) {
  return (await advancing.advanceOrder(asRole(db, 'worker'), ...parts)).value;
}

export async function returnItems(...[db, ...parts]: Parameters<typeof returning.returnItems>) {
  return (await returning.returnItems(asRole(db, 'worker'), ...parts)).value;
}

type Parts<F> = F extends (db: Knex, input: infer I, limits: never, cause: infer C) => unknown ? [I, C] : never;
