import type { Knex } from 'knex';
import type { Cause } from '../domain/audit.ts';
import { NeedsPerson, type Finding, type FindingKind, type Repair } from '../domain/finding.ts';
import { checkBooks } from '../persistence/books/check.ts';
import { messageOf } from '../persistence/error-message.ts';
import { restoreAllocations } from './restore-allocations.ts';
import { restoreLines } from './restore-lines.ts';
import { restoreOrder } from './restore-order.ts';
import { restoreRescue } from './restore-rescue.ts';
import { restoreReservation } from './restore-reservation.ts';
import { restoreReturns } from './restore-returns.ts';
import { restoreStockLevel } from './restore-stock-level.ts';
import { restoreWaiting } from './restore-waiting.ts';
import { settleOrder } from './settle-order.ts';
import { settleWaiting } from './settle-waiting.ts';
import { withdrawRefusal } from './withdraw-refusal.ts';

interface Step {
  readonly of: readonly FindingKind[];
  /** One locked transaction that decides anew; undefined when nothing was to be done. */
  readonly repair: (db: Knex, id: string, cause: Cause) => Promise<string | undefined>;
}

const stock: Step = {
  of: ['stock-log', 'stock-unrecorded', 'stock-missing', 'stock-reserved', 'stock-ledger', 'ledger-steps'],
  repair: restoreStockLevel,
};

const lines: Step = { of: ['line-reservation', 'order-lines'], repair: restoreLines };

/**
 * The order matters: each step relies on what those before it have restored. Stock comes before the settling, which moves it, and
 * again after it.
 */
const steps: readonly Step[] = [
  {
    of: ['reservation-log', 'reservation-steps', 'reservation-unrecorded', 'reservation-allocations'],
    repair: restoreReservation,
  },
  { of: ['order-log', 'order-steps', 'order-unrecorded', 'order-missing'], repair: restoreOrder },
  { of: ['waiting-log'], repair: restoreWaiting },
  { of: ['order-rescue'], repair: restoreRescue },
  lines,
  // Only now: the row of a line's reservation may have come back with the line.
  { of: ['reservation-missing'], repair: restoreReservation },
  // Only now: an order that has its reservation was served. And then its line is compared with that.
  { of: ['order-waiting'], repair: settleWaiting },
  lines,
  { of: ['ledger-allocations'], repair: restoreAllocations },
  { of: ['refused-and-placed'], repair: withdrawRefusal },
  { of: ['order-returns'], repair: restoreReturns },
  stock,
  { of: ['order-reservations'], repair: settleOrder },
  stock,
];

/** What a repair of the books found, and what became of it. */
export interface BooksRepair {
  readonly repairs: readonly Repair[];
  /** Ids of the objects that were changed. */
  readonly changed: ReadonlySet<string>;
}

/**
 * Repairs everything that {@link checkBooks} finds, each object in a transaction of its own that decides again under its locks. So a
 * second run, or one beside this, changes nothing more. The audit log only grows.
 */
export async function repairBooks(db: Knex, cause: Cause): Promise<BooksRepair> {
  const first = (await checkBooks(db)).findings;
  const [done, failed] = [new Map<string, string>(), new Map<string, string>()];
  let current = first;
  for (const { of, repair } of steps) {
    const ids = new Set(current.filter(({ kind }) => of.includes(kind)).map(({ objectId }) => objectId));
    if (ids.size === 0) continue;
    for (const id of ids) await attempt(() => repair(db, id, cause), id, done, failed);
    current = (await checkBooks(db)).findings;
  }
  const left = new Map(current.map((finding) => [keyOf(finding), finding]));
  const known = new Set(first.map(keyOf));
  const also = current.filter((finding) => !known.has(keyOf(finding)));
  const repairs = [...first, ...also].map((finding) => {
    const remaining = left.get(keyOf(finding));
    if (remaining === undefined) {
      return { finding, repaired: true, how: done.get(finding.objectId) ?? 'by repairing what it came from' };
    }
    const how =
      failed.get(finding.objectId) ?? 'It came from something else that is not repaired, or it is new: run this again.';
    return { finding: remaining, repaired: false, how };
  });
  return { repairs, changed: new Set(done.keys()) };
}

async function attempt(
  repair: () => Promise<string | undefined>,
  id: string,
  done: Map<string, string>,
  failed: Map<string, string>,
): Promise<void> {
  try {
    const how = await repair();
    if (how !== undefined) done.set(id, how);
  } catch (error) {
    // One object that cannot be repaired must not keep the others from it.
    const why = error instanceof Error ? messageOf(error) : String(error);
    failed.set(id, error instanceof NeedsPerson ? why : `It failed, so run this again: ${why}`);
  }
}

/** What tells one finding from another: an order may have one for each line, and for each return. */
function keyOf({ kind, objectId, expected }: Finding): string {
  return JSON.stringify([kind, objectId, expected['line'], expected['return']]);
}
