import type { Knex } from 'knex';
import { stockChange, stockLevelId, type Cause, type Change } from '../domain/audit.ts';
import { DomainError } from '../domain/errors.ts';
import type { StockMove } from '../domain/movement.ts';
import { applyDelta, noStock, stockMoves, type StockFigures } from '../domain/stock.ts';
import type { Freed, WakeWaiting } from '../domain/waiting.ts';
import { auditEntries } from '../persistence/audit-log.ts';
import { writeTogether } from '../persistence/database.ts';
import { changeStock, lockStock, openStockLevels, type LockedProduct } from '../persistence/stock-levels.ts';
import { isDatabaseUnavailable } from '../persistence/unavailable.ts';
import { partOf, type Attempt } from './attempt.ts';
import { ProblemError } from './problems.ts';
import { readTurns } from '../persistence/waiting-list.ts';
import { remember } from './remember.ts';
import { wakeAfterwards } from './wake-afterwards.ts';
import type { LevelResult } from './schemas/stock-levels.ts';

/** One row of a checked list. */
export interface ListedLevel {
  /** Its place in the list, from 0. */
  readonly row: number;
  readonly productId: string;
  /** As the catalogue spells it. */
  readonly sku: string;
  readonly warehouseId: string;
  readonly warehouse: string;
  /** The new total, or units counted in or out. */
  readonly change: { readonly setTo: number } | { readonly delta: number };
  readonly reason: string;
}

/**
 * Rows that are changed in one transaction. Few enough that nobody who sells one of their products waits long for the locks; with
 * many more, a list would not be done sooner.
 */
const batchSize = 200;

/** On whose behalf a list is carried out, and who is told how it goes. */
interface Carrying {
  readonly attempt: Attempt;
  readonly cause: Cause;
  /** Called when a batch has been carried out. */
  readonly committed: () => void;
  /** Tells waiting orders that their turn has come by what a batch has added. */
  readonly wake: WakeWaiting;
  /** Adds fields to the request's line in the log. */
  readonly note: (fields: Readonly<Record<string, unknown>>) => void;
}

/**
 * Sets or changes the stock levels of a list, in batches of one transaction each. A row that the stock forbids is refused alone.
 * With an Idempotency-Key each batch is remembered with what it did: a repeat goes on behind the last batch that was committed,
 * however the attempt before it ended.
 * @returns the results in the order of the list
 * @throws ProblemError idempotency-key-reused, before anything is changed; unavailable, with the rows that were carried out, when
 *   the database is lost behind the first batch
 */
export async function setStockLevels(
  db: Knex,
  levels: readonly ListedLevel[],
  { attempt, cause, committed, wake, note }: Carrying,
): Promise<LevelResult[]> {
  const results: LevelResult[] = [];
  const batches = batchesOf(levels);
  let remembered = 0;
  for (const [n, batch] of batches.entries()) {
    let isNew = true;
    const part = partOf(attempt, n, () => (isNew = false));
    try {
      // Behind each batch: who waits for what came first must not wait for the rest of the list.
      const { data } = await wakeAfterwards(wake, (noting) =>
        remember(db, part, async (db) => ({ status: 200, data: noting(await setBatch(db, batch, cause)) })),
      );
      results.push(...data);
    } catch (error) {
      if (n > 0) note({ rows: levels.length, carried_out: results.length });
      throw n > 0 && isDatabaseUnavailable(error) ? cutShort(error, results.length, levels.length, attempt) : error;
    }
    if (isNew) committed();
    else remembered += 1;
  }
  if (remembered === batches.length) attempt.replayed();
  return results.toSorted((a, b) => a.row - b.row);
}

/**
 * Tells how far a list came. "At least": a batch whose COMMIT got no answer may be there as well. "Try again", which is said of
 * everything else that is unavailable, would count deltas twice where no key tells the repeat.
 */
function cutShort(cause: unknown, done: number, rows: number, { claim }: Attempt): ProblemError {
  const carriedOut = `At least ${done.toLocaleString('en')} of ${rows.toLocaleString('en')} rows were carried out`;
  const detail =
    claim === undefined
      ? `${carriedOut}, and the list had no Idempotency-Key: look at the levels before sending any delta again.`
      : `${carriedOut}. Send the same list again with the same Idempotency-Key: it goes on where it was.`;
  return new ProblemError('unavailable', detail, { cause });
}

/** The same batches for the same list: by product, whose locks are taken in the order of their ids. */
function batchesOf(levels: readonly ListedLevel[]): ListedLevel[][] {
  const ordered = levels.toSorted((a, b) =>
    a.productId === b.productId ? a.row - b.row : a.productId < b.productId ? -1 : 1,
  );
  return Array.from({ length: Math.ceil(ordered.length / batchSize) }, (_, n) =>
    ordered.slice(n * batchSize, (n + 1) * batchSize),
  );
}

/** A row, and what it finds and does under the locks. */
interface Judged {
  readonly level: ListedLevel;
  readonly before: StockFigures;
  readonly isOpen: boolean;
  /** Of the total; 0 when nothing is to be changed, or may be. */
  readonly delta: number;
  readonly after: StockFigures;
  readonly refusal: DomainError<'stock-conflict'> | null;
}

async function setBatch(db: Knex, batch: readonly ListedLevel[], cause: Cause): Promise<Freed<LevelResult[]>> {
  return db.transaction(async (trx) => {
    const ids = new Set(batch.map(({ productId }) => productId));
    const locked = await lockStock(trx, Array.from(ids));
    const judged = batch.map((level) => judge(level, locked.get(level.productId)));
    const changed = judged.filter(({ delta }) => delta !== 0);
    // Only what is changed: a row that is refused must not leave an empty level behind.
    const closed = changed.filter(({ isOpen }) => !isOpen).map(({ level }) => level);
    if (closed.length > 0) await openStockLevels(trx, closed);
    if (changed.length > 0) {
      const moves = changed.map(moveOf);
      await writeTogether(trx, [
        ...changeStock(trx, moves, cause),
        auditEntries(trx, changed.map(stockAdjusted), cause),
      ]);
    }
    const products = changed.map(({ level }) => level.productId);
    return { value: judged.map(presentResult), turns: products.length > 0 ? await readTurns(trx, products) : [] };
  });
}

function judge(level: ListedLevel, product: LockedProduct | undefined): Judged {
  const found = product?.levels.find(({ warehouseId }) => warehouseId === level.warehouseId);
  const before = figures(found ?? noStock);
  const { change } = level;
  const delta = 'setTo' in change ? change.setTo - before.total : change.delta;
  const row = { level, before, isOpen: found !== undefined };
  try {
    return { ...row, delta, after: applyDelta(before, stockMoves.adjust(delta), level.warehouse), refusal: null };
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    return { ...row, delta: 0, after: before, refusal: error as DomainError<'stock-conflict'> };
  }
}

function moveOf({ level: { productId, warehouseId, reason }, delta }: Judged): StockMove {
  return { productId, warehouseId, type: 'adjusted', delta: stockMoves.adjust(delta), of: {}, reason };
}

function stockAdjusted({ level: { productId, warehouse, reason }, before, after }: Judged): Change {
  const figures = { from: before, to: after };
  return stockChange('STOCK_ADJUSTED', stockLevelId(productId, warehouse), figures, { reason });
}

function presentResult({ level: { row, sku, warehouse }, delta, after, refusal }: Judged): LevelResult {
  return {
    row,
    sku,
    warehouse,
    outcome: refusal ? 'refused' : delta === 0 ? 'unchanged' : 'applied',
    ...after,
    problem: refusal && { code: refusal.code, detail: refusal.message },
  };
}

function figures({ total, available, reserved }: StockFigures): StockFigures {
  return { total, available, reserved };
}
