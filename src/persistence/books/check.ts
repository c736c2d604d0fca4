import type { Knex } from 'knex';
import type { Checked, Finding } from '../../domain/finding.ts';
import type { Queryable } from '../database.ts';
import { allocationDiscrepancies, allocationFindings } from './allocations.ts';
import { ledgerDiscrepancies, ledgerFindings } from './ledger.ts';
import { orderDiscrepancies, orderFindings } from './orders.ts';
import {
  brokenPromises,
  lineFindings,
  promiseFindings,
  refusalFindings,
  refusedPlacements,
  sumFindings,
  unkeptLines,
  wrongSums,
} from './promises.ts';
import { rescueDiscrepancies, rescueFindings } from './rescues.ts';
import { reservationDiscrepancies, reservationFindings } from './reservations.ts';
import {
  overReturnedFindings,
  overReturnedLines,
  returnDiscrepancies,
  returnedTooSoon,
  returnFindings,
  tooSoonFindings,
} from './returns.ts';
import { stockDiscrepancies, stockFindings } from './stock.ts';
import { misplacedFindings, misplacedOrders, waitDiscrepancies, waitFindings } from './waiting.ts';

/** What was looked at, and what was found. */
export interface BooksReport extends Checked {
  readonly findings: readonly Finding[];
}

/** Milliseconds that one rule may take on a database opened for whole tables. */
export const ruleMs = 600_000;

const rules: readonly ((db: Queryable) => Promise<Finding[]>)[] = [
  async (db) => stockFindings(await stockDiscrepancies(db)),
  async (db) => orderFindings(await orderDiscrepancies(db)),
  async (db) => reservationFindings(await reservationDiscrepancies(db)),
  async (db) => waitFindings(await waitDiscrepancies(db)),
  async (db) => rescueFindings(await rescueDiscrepancies(db)),
  async (db) => misplacedFindings(await misplacedOrders(db)),
  async (db) => promiseFindings(await brokenPromises(db)),
  async (db) => lineFindings(await unkeptLines(db)),
  async (db) => sumFindings(await wrongSums(db)),
  async (db) => refusalFindings(await refusedPlacements(db)),
  async (db) => returnFindings(await returnDiscrepancies(db)),
  async (db) => overReturnedFindings(await overReturnedLines(db)),
  async (db) => tooSoonFindings(await returnedTooSoon(db)),
  async (db) => ledgerFindings(await ledgerDiscrepancies(db)),
  async (db) => allocationFindings(await allocationDiscrepancies(db)),
];

/**
 * Looks for everything in which stock, orders, reservations, the audit log and the ledger disagree. All of it is read from one snapshot, so it is
 * exact while others write, and it locks nothing. On a large database open `db` with `statementMs: ruleMs`.
 */
export async function checkBooks(db: Knex): Promise<BooksReport> {
  return db.transaction(
    async (trx) => {
      // Sorts of whole tables: with the default of 4 MB they all go through files. And compiling takes longer than it saves.
      await trx.raw(`SET LOCAL work_mem = '64MB'; SET LOCAL jit = off`);
      const findings: Finding[] = [];
      for (const rule of rules) for (const finding of await rule(trx)) findings.push(finding);
      const { rows } = await trx.raw<{ rows: [Omit<BooksReport, 'findings'>] }>(
        `SELECT (SELECT count(*) FROM orders)::float8 AS orders, (SELECT count(*) FROM reservations)::float8 AS reservations,
                (SELECT count(*) FROM stock_levels)::float8 AS "stockLevels"`,
      );
      return { ...rows[0], findings };
    },
    { isolationLevel: 'repeatable read', readOnly: true },
  );
}

/** What {@link checkBooks} finds: nothing on a healthy system, whatever it is doing. */
export async function findDiscrepancies(db: Knex): Promise<readonly Finding[]> {
  return (await checkBooks(db)).findings;
}
