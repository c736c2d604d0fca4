import assert from 'node:assert/strict';
import { assertPrivileges } from '../src/assert-privileges.ts';
import { openDatabase } from '../src/persistence/database.ts';
import { testDatabase } from './support/database.ts';
import { asRole } from './support/postgres.ts';

const database = testDatabase();

describe('Whether a process may do what it will be asked to', () => {
  database.prepare();
  const warned: unknown[] = [];
  const log = { warn: (fields: unknown) => void warned.push(fields) };

  it('is so with its own role, and with that of the owner', async () => {
    const { db } = database;
    await assertPrivileges(asRole(db, 'api'), 'api', log);
    await assertPrivileges(asRole(db, 'worker'), 'worker', log);
    for (const role of ['api', 'worker'] as const) await assertPrivileges(db, role, log);
    assert.deepEqual(warned, []);
  });

  it('is not so with the role of the other, which is told in one line', async () => {
    const { db } = database;
    await assert.rejects(assertPrivileges(asRole(db, 'worker'), 'api', log), {
      name: 'StackError',
      message:
        /^The database role earmark_worker lacks INSERT of products\.id and \d+ more\. Run earmark migrate --roles\.$/,
    });
    await assert.rejects(assertPrivileges(asRole(db, 'api'), 'worker', log), {
      message:
        /^The database role earmark_api lacks INSERT of stock_levels and \d+ more\. Run earmark migrate --roles\.$/,
    });
  });

  it('does not keep it from starting when the database does not answer', async () => {
    const away = openDatabase({ url: 'postgres://nobody@127.0.0.1:1/nothing' });
    try {
      await assertPrivileges(away, 'api', log);
    } finally {
      await away.destroy();
    }
    assert.equal(warned.length, 1);
  });

  it('is asked of tables alone that are there: one that is missing is a matter of the migrations', async () => {
    await database.db.raw(
      'ALTER TABLE api_keys RENAME TO hidden_keys; ALTER TABLE orders RENAME COLUMN status TO hidden',
    );
    await assertPrivileges(asRole(database.db, 'api'), 'api', log);
    await assertPrivileges(asRole(database.db, 'worker'), 'worker', log);
  });
});
