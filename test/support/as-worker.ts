import type { Knex } from 'knex';
import * as advanceOrderActivity from '../../src/activities/advance-order.ts';
import * as endHoldActivity from '../../src/activities/end-hold.ts';
import * as extendHoldActivity from '../../src/activities/extend-hold.ts';
import * as forgetKeysActivity from '../../src/activities/forget-keys.ts';
import * as leaveWaitingListActivity from '../../src/activities/leave-waiting-list.ts';
import * as repairBooksActivity from '../../src/activities/repair-books.ts';
import * as rescueOrderActivity from '../../src/activities/rescue-order.ts';
import * as reserveOrderActivity from '../../src/activities/reserve-order.ts';
import * as reserveStockActivity from '../../src/activities/reserve-stock.ts';
import * as restoreAllocationsActivity from '../../src/activities/restore-allocations.ts';
import * as restoreLinesActivity from '../../src/activities/restore-lines.ts';
import * as restoreOrderActivity from '../../src/activities/restore-order.ts';
import * as restoreReservationActivity from '../../src/activities/restore-reservation.ts';
import * as restoreReturnsActivity from '../../src/activities/restore-returns.ts';
import * as restoreStockLevelActivity from '../../src/activities/restore-stock-level.ts';
import * as returnItemsActivity from '../../src/activities/return-items.ts';
import * as settleOrderActivity from '../../src/activities/settle-order.ts';
import * as wakeWaitingActivity from '../../src/activities/wake-waiting.ts';
import * as withdrawRefusalActivity from '../../src/activities/withdraw-refusal.ts';
import { asRole } from './postgres.ts';

/** Activities as workers do them: in a pool of the database role of workers. */

export const advanceOrder = byWorker(advanceOrderActivity.advanceOrder);
export const endOrderHold = byWorker(endHoldActivity.endOrderHold);
export const endReservationHold = byWorker(endHoldActivity.endReservationHold);
export const extendOrderHold = byWorker(extendHoldActivity.extendOrderHold);
export const extendReservationHold = byWorker(extendHoldActivity.extendReservationHold);
export const forgetKeys = byWorker(forgetKeysActivity.forgetKeys);
export const leaveWaitingList = byWorker(leaveWaitingListActivity.leaveWaitingList);
export const repairBooks = byWorker(repairBooksActivity.repairBooks);
export const rescueOrder = byWorker(rescueOrderActivity.rescueOrder);
export const reserveOrder = byWorker(reserveOrderActivity.reserveOrder);
export const reserveStock = byWorker(reserveStockActivity.reserveStock);
export const restoreAllocations = byWorker(restoreAllocationsActivity.restoreAllocations);
export const restoreLines = byWorker(restoreLinesActivity.restoreLines);
export const restoreOrder = byWorker(restoreOrderActivity.restoreOrder);
export const restoreReservation = byWorker(restoreReservationActivity.restoreReservation);
export const restoreReturns = byWorker(restoreReturnsActivity.restoreReturns);
export const restoreStockLevel = byWorker(restoreStockLevelActivity.restoreStockLevel);
export const returnItems = byWorker(returnItemsActivity.returnItems);
export const settleOrder = byWorker(settleOrderActivity.settleOrder);
export const wakeWaiting = byWorker(wakeWaitingActivity.wakeWaiting);
export const withdrawRefusal = byWorker(withdrawRefusalActivity.withdrawRefusal);

function byWorker<Rest extends unknown[], Result>(
  activity: (db: Knex, ...rest: Rest) => Result,
): (db: Knex, ...rest: Rest) => Result {
  return (db, ...rest) => activity(asRole(db, 'worker'), ...rest);
}
