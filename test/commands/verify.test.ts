import assert from 'node:assert/strict';
import { describeError } from '../../src/commands/describe-error.ts';
import { addVerifyCommand } from '../../src/commands/verify.ts';
import { runCli } from '../support/cli.ts';
import { parseCommand } from '../support/command.ts';
import { testDatabase } from '../support/database.ts';
import { heldOrder, heldReservation, item } from '../support/holds.ts';
import { stockedProduct } from '../support/orders.ts';
import { freshDatabase } from '../support/postgres.ts';

const database = testDatabase();

describe('earmark verify', () => {
  database.prepare();

  const verify = (...args: string[]) => runCli(['verify', ...args], { DATABASE_URL: database.url });

  it('says on a healthy database how much it checked, and needs no Temporal', async () => {
    const product = await stockedProduct(database.db);
    await heldOrder(database.db, item(product));
    await heldReservation(database.db, item(product));
    const { exitCode, stdout, stderr } = await verify();
    assert.deepEqual([exitCode, stderr], [0, []]);
    assert.deepEqual(stdout, ['Checked 1 orders, 2 reservations, 1 stock levels: nothing to report.']);
  });

  it('prints findings by kind and ends with exit code 1, and changes nothing', async () => {
    const { db } = database;
    const [first, second] = [
      await heldOrder(db, item(await stockedProduct(db))),
      await heldOrder(db, item(await stockedProduct(db))),
    ];
    await db('orders').whereIn('id', [first.id, second.id]).update({ status: 'confirmed' });
    const entries = await db('audit_log').count();
    const { exitCode, stdout } = await verify();
    assert.equal(exitCode, 1);
    const said = (id: string) =>
      `  Order ${id} differs from its audit entries: status is "confirmed" and not "pending".`;
    assert.equal(stdout[0], 'order-log (2)');
    assert.deepEqual(stdout.slice(1, 3).toSorted(), [first.id, second.id].map(said).toSorted());
    assert.equal(stdout[3], 'order-reservations (2)');
    assert.match(stdout.at(-2) ?? '', /: 4 findings\.$/);
    assert.match(stdout.at(-1) ?? '', /^Run earmark reconcile --repair: /);
    assert.deepEqual(await db('audit_log').count(), entries);
  });

  it('prints one JSON document with --json', async () => {
    const { exitCode, stdout } = await verify('--json');
    assert.equal(exitCode, 1);
    assert.equal(stdout.length, 1);
    const { checked, findings } = JSON.parse(stdout[0] ?? '') as {
      checked: object;
      findings: { kind: string; object_type: string; object_id: string; expected: object; found: object }[];
    };
    assert.deepEqual(checked, { orders: 3, reservations: 4, stock_levels: 3 });
    const [finding] = findings;
    assert.deepEqual([finding?.kind, finding?.object_type], ['order-log', 'Order']);
    assert.deepEqual(Object.keys(finding?.expected ?? {}), [
      'status',
      'cancel_reason',
      'quantity',
      'total',
      'reference',
    ]);
  });

  it('says in one line that the database cannot be reached', async () => {
    const { exitCode, stderr } = await runCli(['verify'], { DATABASE_URL: 'postgres://127.0.0.1:9/x' });
    assert.equal(exitCode, 1);
    assert.match(stderr.join('\n'), /^earmark: Postgres cannot be reached[^\n]*$/);
  });

  it('says in one line what to do in a database that is behind', async () => {
    const behind = await freshDatabase();
    await behind.db.raw('DROP SCHEMA public CASCADE; CREATE SCHEMA public');
    const { exitCode, stderr } = await runCli(['verify'], { DATABASE_URL: behind.url });
    await behind.drop();
    assert.equal(exitCode, 1);
    assert.match(
      stderr.join('\n'),
      /^earmark: The schema of the database is older [^\n]* Run earmark migrate first\.$/,
    );
  });

  for (const args of [['--repair'], ['now']]) {
    it(`refuses in one line what it does not know: ${args.join(' ')}`, async () => {
      const { error } = await parseCommand(addVerifyCommand, 'verify', ...args);
      assert.match(describeError(error), /^[^\n]+$/);
    });
  }

  it('explains --json and its exit code in its help', async () => {
    const { output } = await parseCommand(addVerifyCommand, 'verify', '--help');
    assert.match(output, /--json/);
    assert.match(output, /exit code is\s+1/);
  });
});
