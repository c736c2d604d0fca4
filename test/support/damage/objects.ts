import type { Knex } from 'knex';
import type { Change } from '../../../src/domain/audit.ts';
import type { BookFindingKind } from '../../../src/domain/finding.ts';
import type { Order } from '../../../src/domain/order.ts';
import type { OrderStatus } from '../../../src/domain/order-status.ts';
import { auditEntries } from '../../../src/persistence/audit-log.ts';
import { cause, heldOrder, heldReservation, item, orderIn } from '../holds.ts';
import { stockedProduct, type StockedProduct } from '../orders.ts';

/** One way in which the books can be made wrong: it damages one object and gives the id that the finding is to have. */
export interface Damage {
  readonly kind: BookFindingKind;
  readonly title: string;
  readonly inject: (db: Knex) => Promise<string>;
}

/** The id of a product's level in the main warehouse, as in the audit log. */
export const levelOf = ({ id }: StockedProduct) => `${id}/MAIN`;

/** The id of an order's first reservation. */
export const reservationOf = ({ reservations: [reservation] }: Order) => reservation?.id ?? '';

/** A product of which an order and a reservation hold some units. */
export async function usedProduct(db: Knex): Promise<StockedProduct> {
  const product = await stockedProduct(db, { stock: 20 });
  await heldOrder(db, item(product, 3));
  await heldReservation(db, item(product, 2));
  await orderIn(db, 'confirmed', item(product, 4));
  return product;
}

/** An order of two lines in a status. */
export async function someOrder(db: Knex, status: OrderStatus): Promise<Order> {
  return orderIn(db, status, item(await usedProduct(db), 2), item(await usedProduct(db), 1));
}

/** Adds an entry to the audit log that nothing stands behind. */
export async function claim(db: Knex, change: Change): Promise<void> {
  await db.transaction(async (trx) => auditEntries(trx, [change], cause()));
}

/** Takes entries out of the append-only log, as only an owner of the database can. */
export async function erase(db: Knex, objectId: string, action?: string): Promise<void> {
  await db.transaction(async (trx) => {
    await trx.raw('ALTER TABLE audit_log DISABLE TRIGGER audit_log_append_only');
    await trx('audit_log')
      .where({ object_id: objectId, ...(action === undefined ? {} : { action }) })
      .delete();
    await trx.raw('ALTER TABLE audit_log ENABLE TRIGGER audit_log_append_only');
  });
}
