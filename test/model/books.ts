import assert from 'node:assert/strict';
import { findDiscrepancies } from '../../src/persistence/books/check.ts';
import type { By } from './operations.ts';
import type { Shop } from './shop.ts';
import type { Entry, Figures, Movement } from './model-books.ts';

interface MovementRow extends Figures {
  level: string;
  type: string;
  total_after: number;
  available_after: number;
  reserved_after: number;
  order_id: string | null;
  reservation_id: string | null;
  transfer_id: string | null;
  return_id: string | null;
  actor: string;
  reason: string | null;
  request_id: string | null;
}

interface EntryRow {
  actor: string;
  action: string;
  object_id: string;
  old_value: unknown;
  new_value: unknown;
  request_id: string | null;
}

/** What a shop has written down: all of it with the model's names. */
export interface ShopBooks {
  readonly levels: ReadonlyMap<string, Figures>;
  readonly movements: readonly Movement[];
  readonly entries: readonly Entry[];
}

/**
 * Reads the books of a shop, and demands of them what holds after anything at all: no discrepancies, a ledger that adds up row by row to
 * what the levels are, `reserved` as active reservations hold it, nothing below zero, and one hand in every row.
 */
export async function readBooks(shop: Shop): Promise<ShopBooks> {
  const levels = await readLevels(shop);
  const rows = await readMovements(shop);
  assert.deepEqual(balancesOf(rows, levels.keys()), levels, 'the ledger adds up to the levels');
  for (const [level, { total, available, reserved }] of levels) {
    assert.ok(total >= 0 && available >= 0 && reserved >= 0, `${level} is not below zero`);
  }
  assert.deepEqual(await readHeldUnits(shop), heldOf(levels), 'what is reserved is what active reservations hold');

  const findings = (await findDiscrepancies(shop.db)).map(({ objectId, ...finding }) => {
    return { ...finding, objectId: shop.names.of(objectId) as string, id: objectId };
  });
  // A counterexample that is being shrunk shares the database with the runs that have failed before it.
  assert.deepEqual(
    findings.filter(({ objectId, id }) => objectId !== id),
    [],
    'the books balance',
  );
  return { levels, movements: rows.map((row) => presentMovement(shop, row)), entries: await readEntries(shop) };
}

/** Rows in an order that does not depend on how one statement wrote them. */
export function inOrder<T extends Movement | Entry>(rows: readonly T[]): T[] {
  const key = (row: Movement | Entry) =>
    'action' in row ? [row.action, row.object] : [row.type, row.level, row.order, row.reservation];
  return rows.toSorted((a, b) => a.step - b.step || (key(a).join() < key(b).join() ? -1 : 1));
}

async function readLevels(shop: Shop): Promise<Map<string, Figures>> {
  const rows: (Figures & { level: string })[] = await shop
    .db('stock_levels as s')
    .join('warehouses as w', 'w.id', 's.warehouse_id')
    .whereIn('s.product_id', Object.values<string>(shop.products))
    .orderBy(['s.product_id', 'w.code'])
    .select(shop.db.raw(`s.product_id || '/' || w.code AS level`), 's.total', 's.available', 's.reserved');
  return new Map(rows.map(({ level, ...figures }) => [shop.names.of(level) as string, figures]));
}

/** All rows since the shop opened; nothing else writes meanwhile. */
async function readMovements(shop: Shop): Promise<MovementRow[]> {
  const rows: MovementRow[] = await shop
    .db('stock_movements as m')
    .join('warehouses as w', 'w.id', 'm.warehouse_id')
    .where('m.id', '>', shop.since.movement)
    .orderBy('m.id')
    .select(shop.db.raw(`m.product_id || '/' || w.code AS level`), 'm.*');
  return rows.map((row) => ({ ...row, level: shop.names.of(row.level) as string }));
}

/** The newest balance of each level, each row of which goes on from the one before; levels that nothing has moved are empty. */
function balancesOf(rows: readonly MovementRow[], levels: Iterable<string>): Map<string, Figures> {
  const balances = new Map<string, Figures>(
    Array.from(levels, (level) => [level, { total: 0, available: 0, reserved: 0 }]),
  );
  for (const { level, type, total, available, reserved, total_after, available_after, reserved_after } of rows) {
    const before = balances.get(level) ?? { total: 0, available: 0, reserved: 0 };
    const after = { total: total_after, available: available_after, reserved: reserved_after };
    const sum = {
      total: before.total + total,
      available: before.available + available,
      reserved: before.reserved + reserved,
    };
    assert.deepEqual(after, sum, `the balance after ${type} of ${level}`);
    balances.set(level, after);
  }
  return balances;
}

async function readHeldUnits(shop: Shop): Promise<Map<string, number>> {
  const rows: { level: string; units: string }[] = await shop
    .db('reservations as r')
    .join('reservation_allocations as a', 'a.reservation_id', 'r.id')
    .join('warehouses as w', 'w.id', 'a.warehouse_id')
    .whereIn('r.product_id', Object.values(shop.products))
    .whereNull('r.ended_as')
    .groupBy('r.product_id', 'w.code')
    .orderBy(['r.product_id', 'w.code'])
    .select(shop.db.raw(`r.product_id || '/' || w.code AS level, sum(a.quantity) AS units`));
  return new Map(rows.map(({ level, units }) => [shop.names.of(level) as string, Number(units)]));
}

function heldOf(levels: ReadonlyMap<string, Figures>): Map<string, number> {
  return new Map(
    [...levels].filter(([, { reserved }]) => reserved > 0).map(([level, { reserved }]) => [level, reserved]),
  );
}

async function readEntries(shop: Shop): Promise<Entry[]> {
  const rows: EntryRow[] = await shop.db('audit_log').where('id', '>', shop.since.entry).orderBy('id').select('*');
  return rows.map(({ action, object_id, old_value, new_value, actor, request_id }) => ({
    ...hand(shop, actor, request_id),
    action,
    object: shop.names.of(object_id) as string,
    before: shop.names.of(old_value),
    after: shop.names.of(new_value),
  }));
}

function presentMovement(shop: Shop, row: MovementRow): Movement {
  const { level, type, total, available, reserved, actor, reason, request_id } = row;
  const named = (id: string | null) => shop.names.of(id) as string | null;
  return {
    ...hand(shop, actor, request_id),
    type,
    level,
    total,
    available,
    reserved,
    order: named(row.order_id),
    reservation: named(row.reservation_id),
    transfer: named(row.transfer_id),
    back: named(row.return_id),
    reason,
  };
}

/** Which operation wrote a row, which has to be that of the actor who is in it. */
function hand(shop: Shop, actor: string, requestId: string | null): By {
  const by = shop.names.stepOf(requestId);
  const name = shop.names.of(actor) as string;
  assert.equal(name, by?.actor, `a row of ${name} belongs to an operation of theirs`);
  return { actor: name, step: by?.step ?? -1 };
}
