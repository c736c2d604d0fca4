import type { Knex } from 'knex';
import { z } from 'zod';
import { limits } from '../domain/limits.ts';
import { readProductsBySku } from '../persistence/products.ts';
import { readWarehouseIds } from '../persistence/warehouses.ts';
import type { FieldError } from './problems.ts';
import type { SentBody } from './read-body.ts';
import { levelRow } from './schemas/stock-levels.ts';
import type { ListedLevel } from './set-stock-levels.ts';
import { validate } from './validation.ts';

const rowsOfAnyKind = z.array(z.unknown()).min(1).max(limits.listedLevels);

type Fields = z.output<typeof levelRow>;

/** One row as it was sent. */
interface SentRow {
  /** Those of its fields that are good; all when there are no errors. */
  readonly fields: Partial<Fields>;
  /** Paths are within the row. */
  readonly errors: readonly FieldError[];
}

/**
 * Checks a list of stock levels, all of it, against its schema and against the catalogue.
 * @returns its rows with what they name, in their order; or every mistake in order, the line of a CSV in its message
 */
export async function checkStockLevels(
  { value, lines }: SentBody,
  { db }: { readonly db: Knex },
): Promise<{ readonly value: readonly ListedLevel[] } | { readonly errors: readonly FieldError[] }> {
  // Before any row is looked at: two mebibytes hold a million bad ones.
  const counted = validate(rowsOfAnyKind, value, 'body');
  if ('errors' in counted) return counted;
  const rows = (counted.value as readonly unknown[]).map(checkRow);
  const found = await lookUp(db, rows);

  const placeOf = (row: number): string => (lines === undefined ? `/${row}` : `line ${lines[row]}`);
  const repeats = repetitions(placeOf);
  const wrong: (readonly FieldError[])[] = [];
  const levels: ListedLevel[] = [];
  for (const [row, sent] of rows.entries()) {
    const level = resolve(row, sent, found);
    const repeated = repeats(row, level.named);
    const line = lines === undefined ? '' : ` (line ${lines[row]})`;
    wrong.push(
      [...sent.errors, ...level.errors, ...repeated].map(({ path, message }) => {
        return { path: `/${row}${path}`, message: `${message}${line}` };
      }),
    );
    if (level.value) levels.push(level.value);
  }
  const errors = wrong.flat();
  return errors.length > 0 ? { errors } : { value: levels };
}

/** Tells the second row about a stock level from the first, whose place it names. */
function repetitions(
  placeOf: (row: number) => string,
): (row: number, named: string | undefined) => readonly FieldError[] {
  const firsts = new Map<string, number>();
  return (row, named) => {
    if (named === undefined) return [];
    const first = firsts.get(named);
    if (first === undefined) firsts.set(named, row);
    return first === undefined ? [] : [{ path: '/sku', message: `repeats ${placeOf(first)}: ${named}` }];
  };
}

function checkRow(value: unknown): SentRow {
  const checked = validate(levelRow, value, 'body');
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return { fields: {}, errors: 'errors' in checked ? checked.errors : [] };
  }
  const chosen = chooseOne(value);
  if ('value' in checked) return { fields: checked.value as Fields, errors: chosen };
  // The good ones among bad ones are looked up as well: every mistake belongs into one answer.
  const good = Object.entries(levelRow.shape).map(([name, schema]) => {
    const field = schema.safeParse((value as Record<string, unknown>)[name]);
    return [name, field.success ? field.data : undefined];
  });
  const named = new Set(checked.errors.map(({ path }) => path));
  const errors = checked.errors.concat(chosen.filter(({ path }) => !named.has(path)));
  return { fields: Object.fromEntries(good) as Partial<Fields>, errors };
}

function chooseOne(row: { readonly set_to?: unknown; readonly delta?: unknown }): readonly FieldError[] {
  if (row.set_to === undefined && row.delta === undefined) {
    return [{ path: '/set_to', message: 'is required when there is no delta' }];
  }
  return row.set_to === undefined || row.delta === undefined
    ? []
    : [{ path: '/delta', message: 'must not stand beside set_to' }];
}

/** What the rows of a list name. */
interface Found {
  /** By SKU in lower case. */
  readonly products: ReadonlyMap<string, { readonly id: string; readonly sku: string }>;
  readonly warehouseIds: ReadonlyMap<string, string>;
}

async function lookUp(db: Knex, rows: readonly SentRow[]): Promise<Found> {
  const each = (name: 'sku' | 'warehouse') =>
    Array.from(new Set(rows.map(({ fields }) => fields[name]).filter((value) => value !== undefined)));
  const [products, warehouseIds] = await Promise.all([
    readProductsBySku(db, each('sku')),
    readWarehouseIds(db, each('warehouse')),
  ]);
  return { products, warehouseIds };
}

/** A row with what it names; `named` tells which stock level it is about, if that can be said. */
interface Resolved {
  /** As the catalogue spells it: one name for each level. */
  readonly named?: string;
  readonly value?: ListedLevel;
  readonly errors: readonly FieldError[];
}

function resolve(row: number, { fields, errors: bad }: SentRow, { products, warehouseIds }: Found): Resolved {
  const { sku, warehouse, set_to, delta, reason } = fields;
  const errors: FieldError[] = [];
  const product = sku === undefined ? undefined : products.get(sku.toLowerCase());
  const warehouseId = warehouse === undefined ? undefined : warehouseIds.get(warehouse);
  if (sku !== undefined && !product) {
    errors.push({ path: '/sku', message: 'must be known: there is no product with this SKU' });
  }
  if (warehouse !== undefined && warehouseId === undefined) {
    errors.push({ path: '/warehouse', message: 'must be known: there is no warehouse with this code' });
  }
  if (!product || warehouse === undefined || warehouseId === undefined) return { errors };
  const named = `${product.sku} in ${warehouse}`;
  const change = set_to !== undefined ? { setTo: set_to } : delta !== undefined ? { delta } : undefined;
  if (bad.length > 0 || change === undefined || reason === undefined) return { named, errors };
  const level = { productId: product.id, sku: product.sku, warehouseId, warehouse };
  return { named, value: { row, ...level, change, reason }, errors };
}
