import { defaultWarehouse } from '../domain/product.ts';
import type { Queryable } from './database.ts';

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
