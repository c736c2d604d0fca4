import type { Knex } from 'knex';
import { defaultWarehouse } from '../domain/product.ts';
import type { Warehouse } from '../domain/warehouse.ts';
import type { Queryable, Transaction } from './database.ts';
import { readPage, type Keyset, type Page, type PageRequest } from './keyset.ts';

interface WarehouseRow {
  code: string;
  name: string;
  region: string | null;
  priority: number;
  active: boolean;
  created_at: Date;
  updated_at: Date;
}

export interface NewWarehouse extends Pick<Warehouse, 'code' | 'name' | 'region' | 'priority' | 'active'> {
  readonly id: string;
}

export interface WarehouseChanges {
  readonly name?: string;
  /** Null clears it. */
  readonly region?: string | null;
  readonly priority?: number;
  readonly active?: boolean;
}

export interface WarehouseFilters {
  readonly active?: boolean;
}

/** Name of the constraint that a second warehouse with the same code breaks. */
export const codeConstraint = 'warehouses_code_unique';

/** The id of the warehouse that takes stock when none is named. */
export async function readDefaultWarehouseId(db: Queryable): Promise<string> {
  const row: { id: string } | undefined = await db('warehouses').where({ code: defaultWarehouse }).first('id');
  if (!row) throw new Error(`The warehouse ${defaultWarehouse} is missing; run earmark migrate.`);
  return row.id;
}

/** The ids of warehouses by their codes; those that are not there are absent. */
export async function readWarehouseIds(db: Queryable, codes: readonly string[]): Promise<Map<string, string>> {
  const rows: { id: string; code: string }[] = await db('warehouses').whereIn('code', codes).select('id', 'code');
  return new Map(rows.map(({ id, code }) => [code, id]));
}

/** The write that creates a warehouse. */
export function insertWarehouse(db: Queryable, warehouse: NewWarehouse): Knex.QueryBuilder {
  const { id, code, name, region, priority, active } = warehouse;
  return db('warehouses').insert({ id, code, name, region, priority, active });
}

/** The write that changes a warehouse; absent fields stay. */
export function updateWarehouse(db: Queryable, code: string, changes: WarehouseChanges): Knex.QueryBuilder {
  return db('warehouses')
    .where({ code })
    .update({ ...changes, updated_at: db.fn.now() });
}

/** A warehouse, or undefined. */
export async function readWarehouse(db: Queryable, code: string): Promise<Warehouse | undefined> {
  const row: WarehouseRow | undefined = await db('warehouses').where({ code }).first();
  return row && presentWarehouse(row);
}

/** The same, locked against other changes of it. Whoever puts stock there is not held up. */
export async function lockWarehouse(trx: Transaction, code: string): Promise<Warehouse | undefined> {
  const row: WarehouseRow | undefined = await trx('warehouses').where({ code }).forNoKeyUpdate().first();
  return row && presentWarehouse(row);
}

/** Warehouses in the order in which they are used: priority, then code. */
export async function listWarehouses(
  db: Queryable,
  { active }: WarehouseFilters,
  page: PageRequest,
): Promise<Page<Warehouse>> {
  const query = db('warehouses').select();
  if (active !== undefined) void query.where({ active });
  const keyset: Keyset<WarehouseRow> = {
    keys: [
      { column: 'priority', type: 'integer' },
      { column: 'code', type: 'text' },
    ],
    direction: 'asc',
    position: (row) => [String(row.priority), row.code],
  };
  return readPage(query, keyset, page, presentWarehouse);
}

function presentWarehouse(row: WarehouseRow): Warehouse {
  return {
    code: row.code,
    name: row.name,
    region: row.region,
    priority: row.priority,
    active: row.active,
    createdAt: row.created_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
  };
}
