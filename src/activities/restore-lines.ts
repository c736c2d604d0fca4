import type { Knex } from 'knex';
import { repairedChange, type Cause, type Change } from '../domain/audit.ts';
import { NeedsPerson } from '../domain/finding.ts';
import { auditEntries } from '../persistence/audit-log.ts';
import { placesOf } from '../persistence/books/placements.ts';
import { unkeptLines, wrongSums, type Sum, type UnkeptLine } from '../persistence/books/promises.ts';
import { reservationDiscrepancies, reservationFields } from '../persistence/books/reservations.ts';
import { writeTogether, type Transaction } from '../persistence/database.ts';
import { lockOrder } from '../persistence/orders.ts';
import { readLines, readPrices, restoreReservationRow, setLine } from '../persistence/repairs.ts';
import { lockStock, type LockedProduct } from '../persistence/stock-levels.ts';
import { agreedOrderFields } from './agreed-order.ts';
import { reservationIdOf } from './place-order.ts';

type Writes = Parameters<typeof writeTogether>[1];

/** What brings a line back, and the entries that say so. */
interface LineRepair {
  readonly writes: Writes;
  readonly changes: readonly Change[];
}

/**
 * Brings an order's lines, their reservations and the order's sums together again: a reservation whose row is gone comes back as its
 * audit entries tell, a line takes the quantity of its reservation, and a line whose price alone explains a wrong total takes it.
 * @returns what was done; undefined when everything agrees by now
 * @throws NeedsPerson when that does not explain the difference
 */
export async function restoreLines(db: Knex, orderId: string, cause: Cause): Promise<string | undefined> {
  const kept = await restoring(db, orderId, cause, async (trx, products) => {
    const lines = await unkeptLines(trx, [orderId]);
    const repairs: LineRepair[] = [];
    for (const line of lines) repairs.push(await keep(trx, line, products));
    return repairs;
  });
  const priced = await restoring(db, orderId, cause, async (trx) => {
    const [sum] = await wrongSums(trx, [orderId]);
    return sum ? [await reprice(trx, sum)] : [];
  });
  return kept || priced ? 'its lines were restored from the audit entries of order and reservations' : undefined;
}

async function restoring(
  db: Knex,
  orderId: string,
  cause: Cause,
  find: (trx: Transaction, products: ReadonlyMap<string, LockedProduct>) => Promise<readonly LineRepair[]>,
): Promise<boolean> {
  return db.transaction(async (trx) => {
    const products = await lockStock(trx, trx('order_lines').where({ order_id: orderId }).select('product_id'));
    await lockOrder(trx, orderId);
    const repairs = await find(trx, products);
    if (repairs.length === 0) return false;
    const changes = repairs.flatMap(({ changes }) => changes);
    await writeTogether(trx, [...repairs.flatMap(({ writes }) => writes), auditEntries(trx, changes, cause)]);
    return true;
  });
}

async function keep(
  trx: Transaction,
  line: UnkeptLine,
  products: ReadonlyMap<string, LockedProduct>,
): Promise<LineRepair> {
  const { orderId, line: number, quantity, reservations, reserved, sameProduct } = line;
  if (reservations === 0) return bringBack(trx, line, products);
  if (reservations > 1 || !sameProduct) {
    throw new NeedsPerson(
      `Line ${number} of order ${orderId} has ${reservations} reservations${sameProduct ? '' : ' of another product'}: ` +
        'correct its rows in order_lines and reservations by hand.',
    );
  }
  const write = setLine(trx, orderId, number, { quantity: reserved });
  return { writes: [write], changes: [await lineChange(trx, orderId, number, { quantity }, { quantity: reserved })] };
}

async function bringBack(
  trx: Transaction,
  { orderId, line, productId, quantity }: UnkeptLine,
  products: ReadonlyMap<string, LockedProduct>,
): Promise<LineRepair> {
  const id = reservationIdOf(orderId, line);
  const [lost] = await reservationDiscrepancies(trx, [id]);
  if (!lost && (await gotNothing(trx, orderId, line, quantity))) {
    const change = await lineChange(trx, orderId, line, { quantity }, { quantity: 0 });
    return { writes: [setLine(trx, orderId, line, { quantity: 0 })], changes: [change] };
  }
  const levels = products.get(productId)?.levels ?? [];
  const placed = await placesOf(trx, { productId, reservationId: id, quantity }, levels);
  if (!lost?.log || lost.astray > 0 || lost.log.quantity !== quantity || placed === undefined) {
    throw new NeedsPerson(
      `The reservation of line ${line} of order ${orderId} is gone, and nothing says which warehouse its units were in: restore ` +
        `the rows of reservation ${id} from a backup.`,
    );
  }
  const row = { id, orderId, line, productId, ...lost.log, placed };
  const reason = 'its row was gone: restored from its audit entries';
  return {
    writes: restoreReservationRow(trx, row),
    changes: [repairedChange('Reservation', id, null, reservationFields(lost.log), reason)],
  };
}

/** Whether a line without any entries of a reservation had no units: it lacks some, and the order is for the units of the others. */
async function gotNothing(trx: Transaction, orderId: string, line: number, quantity: number): Promise<boolean> {
  const missing = (await readLines(trx, orderId)).find((row) => row.line === line)?.missing ?? 0;
  const [sum] = await wrongSums(trx, [orderId]);
  return missing > 0 && sum !== undefined && sum.linesQuantity - quantity === sum.quantity;
}

async function reprice(trx: Transaction, sum: Sum): Promise<LineRepair> {
  const { orderId, quantity, totalMinor, linesQuantity, linesMinor } = sum;
  const lines = quantity === linesQuantity ? await readLines(trx, orderId) : [];
  const explaining: { line: number; from: bigint; to: bigint }[] = [];
  for (const { line, productId, quantity, unitPriceMinor: from } of lines) {
    // What got nothing costs nothing, whatever its price.
    if (quantity === 0) continue;
    const to = from + (totalMinor - linesMinor) / BigInt(quantity);
    const isExact = (to - from) * BigInt(quantity) === totalMinor - linesMinor;
    if (isExact && (lines.length === 1 || (await readPrices(trx, productId)).has(to)))
      explaining.push({ line, from, to });
  }
  const [found] = explaining;
  if (!found || explaining.length > 1) {
    throw new NeedsPerson(
      `The lines of order ${orderId} do not add up to what its audit entries say: correct its rows in order_lines by hand.`,
    );
  }
  const { line, from, to } = found;
  const [before, after] = [from, to].map((price) => ({ unit_price_minor: price.toString() })) as [object, object];
  return {
    writes: [setLine(trx, orderId, line, { unitPriceMinor: to })],
    changes: [await lineChange(trx, orderId, line, before, after)],
  };
}

/** A repaired line is an entry of its order. */
async function lineChange(
  trx: Transaction,
  orderId: string,
  line: number,
  before: object,
  after: object,
): Promise<Change> {
  const state = await agreedOrderFields(trx, orderId);
  const [found, repaired] = [before, after].map((fields) => ({ ...state, line: { line, ...fields } }));
  return repairedChange('Order', orderId, found as object, repaired as object, 'a line did not fit the audit entries');
}
