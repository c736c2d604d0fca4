import type { Knex } from 'knex';
import { changeProduct } from '../../src/api/catalogue.ts';
import { cause } from './holds.ts';

/**
 * Changes a product in a transaction that stays open until it is told to commit.
 * @returns how to let it commit, once it has changed the product
 */
export async function lateCommit(db: Knex, productId: string): Promise<{ readonly finish: () => Promise<void> }> {
  let proceed = (): void => undefined;
  const mayProceed = new Promise<void>((resolve) => (proceed = resolve));
  let changed = (): void => undefined;
  const hasChanged = new Promise<void>((resolve) => (changed = resolve));
  const late = db.transaction(async (trx) => {
    await changeProduct(trx, productId, { name: 'Late' }, cause());
    changed();
    await mayProceed;
  });
  await hasChanged;
  return {
    finish: async () => {
      proceed();
      await late;
    },
  };
}
