import type { Client } from '@temporalio/client';
import type { Knex } from 'knex';
import { repairBooks } from './activities/repair-books.ts';
import { wakeWaiting } from './activities/wake-waiting.ts';
import { assertSchema } from './assert-schema.ts';
import type { Cause } from './domain/audit.ts';
import type { Finding, Repair } from './domain/finding.ts';
import { findWorkflowFaults } from './find-workflow-faults.ts';
import { checkBooks, type BooksReport } from './persistence/books/check.ts';
import { repairWorkflowFaults } from './repair-workflow-faults.ts';
import { wakeOrders } from './wake-orders.ts';

/** What {@link reconcile} works with. Open `db` with `statementMs: ruleMs`: it reads whole tables. */
export interface ReconcileParts {
  readonly db: Knex;
  readonly client: Client;
  /** How long something must be overdue, or have ended, in seconds. */
  readonly graceSeconds: number;
  /** Asks Temporal less and may overlook a workflow that was deleted; for what runs again and again. */
  readonly trustList?: boolean;
}

/**
 * Looks for everything in which the database disagrees with itself or with Temporal. Changes nothing.
 * @throws DatabaseAhead when the database belongs to a later version, whose rules this one does not know; StackError when it is behind
 */
export async function findEverything({ db, ...search }: ReconcileParts): Promise<BooksReport> {
  // A worker may run for long, and somebody migrates meanwhile: what it found then would be nonsense.
  await assertSchema(db);
  const report = await checkBooks(db);
  const faults = await findWorkflowFaults({ db, ...search });
  return { ...report, findings: [...report.findings, ...faults.map(({ finding }) => finding)] };
}

/**
 * Repairs what {@link findEverything} would find: first the database, so that workflows are compared with rows that are right. At the end it
 * wakes the waiting orders whose turn has come, since a repair may have freed their units.
 * @returns what was checked, every finding and what became of it
 * @throws when Temporal or Postgres does not answer
 */
export async function repairEverything(
  { db, client, graceSeconds }: ReconcileParts,
  taskQueue: string,
  cause: Cause,
): Promise<BooksReport & { readonly repairs: readonly Repair[] }> {
  const books = await repairBooks(db, cause);
  const faults = await findWorkflowFaults({ db, client, graceSeconds, changed: books.changed });
  const workflows = await repairWorkflowFaults({ db, client, taskQueue, cause }, faults);
  // An order that is not told by this is told by the clean-up schedule.
  await wakeWaiting(db, wakeOrders(client, { warn: () => undefined }));
  const repairs = [...books.repairs, ...workflows];
  const findings: Finding[] = repairs.map(({ finding }) => finding);
  return { ...(await checkBooks(db)), findings, repairs };
}
