import type { Knex } from 'knex';
import type { Change } from '../../src/domain/audit.ts';
import { auditEntries } from '../../src/persistence/audit-log.ts';
import { cause } from './holds.ts';

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
