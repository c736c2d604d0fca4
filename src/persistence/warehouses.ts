import { defaultWarehouse } from '../domain/product.ts';
import type { Queryable } from './database.ts';

/** The id of the warehouse that takes stock when none is named. */
export async function readDefaultWarehouseId(db: Queryable): Promise<string> {
  const row: { id: string } | undefined = await db('warehouses').where({ code: defaultWarehouse }).first('id');
  if (!row) throw new Error(`The warehouse ${defaultWarehouse} is missing; run earmark migrate.`);
  return row.id;
}
