import { once } from 'node:events';
import { Readable } from 'node:stream';
import type { Knex } from 'knex';
import { stringify } from 'csv-stringify/sync';
import type { Order } from '../domain/order.ts';
import type { Page, Position } from '../persistence/keyset.ts';
import { listOrders, type OrderFilters, type OrderSort } from '../persistence/order-lists.ts';
import type { Gate } from './gate.ts';
import { presentOrder } from './schemas/orders.ts';

export const orderColumns = [
  ...['id', 'status', 'reference', 'quantity', 'total', 'currency', 'lines', 'skus', 'cancel_reason', 'placed_by'],
  ...['created_at', 'updated_at', 'expires_at', 'workflow_id'],
] as const;

export interface OrderExport {
  readonly db: Knex;
  readonly filters: OrderFilters;
  readonly sort: OrderSort;
  /** ISO 4217. */
  readonly currency: string;
  /** Orders that are read at a time, and so are in memory; 500 unless given. */
  readonly batch?: number;
  /** Told when the database fails after the first batch. */
  readonly failed: (error: unknown) => void;
}

/** Rows that are few enough to be read in a moment, and many enough that their statement is not most of the work. */
const usualBatch = 500;

/**
 * All orders of a list as CSV (RFC 4180, UTF-8), read batch by batch as the stream is read: no statement is open in between, and no snapshot
 * is held. What is placed or moved meanwhile may be in it or not. It keeps its place at the gate until it is read or destroyed.
 * @returns once the first batch is there
 * @throws the error of the database; ProblemError unavailable when too many are at it
 */
export function exportOrders(gate: Gate, asked: OrderExport): Promise<Readable> {
  return new Promise((resolve, reject) => {
    const work = async (): Promise<void> => {
      const first = await readBatch(asked, null);
      const stream = Readable.from(textOf(asked, first));
      const closed = once(stream, 'close');
      resolve(stream);
      await closed.catch(() => undefined);
    };
    gate.pass(work).catch(reject);
  });
}

function readBatch(
  { db, filters, sort, batch = usualBatch }: OrderExport,
  after: Position | null,
): Promise<Page<Order>> {
  return listOrders(db, filters, sort, { limit: batch, after });
}

async function* textOf(asked: OrderExport, first: Page<Order>): AsyncGenerator<Buffer> {
  yield csvOf([orderColumns]);
  let page = first;
  for (;;) {
    if (page.items.length > 0) yield csvOf(page.items.map((order) => rowOf(order, asked.currency)));
    if (page.next === null) return;
    try {
      page = await readBatch(asked, page.next);
    } catch (error) {
      asked.failed(error);
      throw error;
    }
  }
}

/** A spreadsheet takes text that begins like a formula for one: such text gets an apostrophe before it. */
function csvOf(rows: readonly (readonly (string | number | null)[])[]): Buffer {
  return Buffer.from(stringify([...rows], { record_delimiter: 'windows', escape_formulas: true }));
}

function rowOf(order: Order, currency: string): readonly (string | number | null)[] {
  const { lines, ...shown } = presentOrder(order, currency);
  const cells = { ...shown, lines: lines.length, skus: lines.map(({ product }) => product.sku).join(' ') };
  return orderColumns.map((column) => cells[column]);
}
