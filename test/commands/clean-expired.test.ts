import assert from 'node:assert/strict';
import type { Client } from '@temporalio/client';
import { v4 } from 'uuid';
import type { CleanExpiredInput } from '../../src/activities/clean-expired.ts';
import { addCleanExpiredCommand, runCleanExpired } from '../../src/commands/clean-expired.ts';
import { describeError } from '../../src/commands/describe-error.ts';
import { loadConfig } from '../../src/config.ts';
import { readOrder } from '../../src/persistence/orders.ts';
import { orderWorkflowId } from '../../src/workflows/messages.ts';
import { runCli } from '../support/cli.ts';
import { parseCommand } from '../support/command.ts';
import { heldOrder, item, makeOverdue, recording } from '../support/holds.ts';
import { historyOf } from '../support/history.ts';
import { stockedProduct, stockOf, type StockedProduct } from '../support/orders.ts';
import { urlAsRole, freshDatabase, type FreshDatabase } from '../support/postgres.ts';
import { devServer, type DevServer } from '../support/temporal.ts';
import { makeWaitOverdue, queued } from '../support/waiting.ts';

let server: DevServer;
let database: FreshDatabase;
let product: StockedProduct;

const config = loadConfig({});

/** Runs the command's work and gives the lines it printed. */
async function clean(input: Partial<CleanExpiredInput> = {}, settings = config): Promise<string[]> {
  const lines: string[] = [];
  await runCleanExpired({
    config: settings,
    servers: { databaseUrl: urlAsRole(database.url, 'worker'), temporalAddress: server.address },
    input: { graceSeconds: 60, batchSize: 100, dryRun: false, requestId: v4(), ...input },
    print: (line) => lines.push(line),
  });
  return lines;
}

async function overdueOrder(secondsAgo = 100): Promise<string> {
  const { id: orderId } = await heldOrder(database.db, item(product));
  await makeOverdue(database.db, { orderId }, secondsAgo);
  return orderId;
}

/** Starts the workflow of an order where no worker looks: it stays open until it is terminated. */
function openWorkflow(client: Client, orderId: string) {
  return client.workflow.start('order', { workflowId: orderWorkflowId(orderId), taskQueue: `nobody-${v4()}` });
}

const statusOf = async (id: string): Promise<unknown> => (await readOrder(database.db, id))?.status;

describe('earmark clean-expired', () => {
  before(async () => (server = await devServer()));
  beforeEach(async () => {
    database = await freshDatabase();
    product = await stockedProduct(database.db, { stock: 10 });
  });
  afterEach(() => database.drop());

  it('says so when there is nothing to clean', async () => {
    await heldOrder(database.db, item(product));
    assert.deepEqual(await clean(), ['Nothing to clean: no hold and no wait is overdue by more than 60 s.']);
    assert.equal((await stockOf(database.db, product)).reserved, 1);
  });

  it('releases orders whose workflow was terminated or is gone, and leaves those alone whose workflow is open', async () => {
    const { client } = server;
    const [terminated, gone, open] = [await overdueOrder(), await overdueOrder(), await overdueOrder()];
    await (await openWorkflow(client, terminated)).terminate();
    const owner = await openWorkflow(client, open);
    const requestId = v4();

    const { result, entries } = await recording(database.db, () => clean({ requestId }));
    assert.deepEqual(result, [
      '3 overdue so far: 2 released, 1 with an open workflow',
      `Left alone, since the workflow is open: order-${open}. Is a worker running?`,
      `Released 2 overdue holds and cancelled 2 orders (request ${requestId} in the audit log).`,
    ]);
    assert.deepEqual(await Promise.all([terminated, gone, open].map(statusOf)), ['cancelled', 'cancelled', 'pending']);
    assert.deepEqual(await stockOf(database.db, product), { total: 10, available: 9, reserved: 1 });
    assert.equal(entries.length, 4);
    assert.ok(entries.every(({ actor, requestId: request }) => actor === 'system' && request === requestId));

    await owner.terminate();
    assert.match((await clean()).at(-1) ?? '', /^Released 1 overdue hold and cancelled 1 order /);
    assert.equal((await stockOf(database.db, product)).reserved, 0);
  });

  it('tells on a dry run what it would do, and changes nothing', async () => {
    const id = await overdueOrder();
    const { result, entries } = await recording(database.db, () => clean({ dryRun: true }));
    assert.deepEqual(result, [
      '1 overdue so far: 1 to release, 0 with an open workflow',
      'Dry run: would release 1 overdue hold and cancel 1 order. Nothing was changed.',
    ]);
    assert.deepEqual(entries, []);
    assert.equal(await statusOf(id), 'pending');
  });

  it('cancels orders that wait too long and lost their workflow, and wakes whoever is next', async () => {
    const { client } = server;
    const rare = await stockedProduct(database.db, { stock: 1 });
    const [{ id: lost }, { id: next }] = [await queued(database.db, rare, 2), await queued(database.db, rare)];
    await makeWaitOverdue(database.db, lost, 100);
    const woken = await openWorkflow(client, next);
    assert.deepEqual(await clean({ dryRun: true }), [
      '1 overdue so far: 0 to release, 1 to leave their waiting list, 0 with an open workflow',
      'Dry run: would release 0 overdue holds and cancel 1 order, 1 of which waited for units in vain. Nothing was changed.',
    ]);
    const requestId = v4();
    assert.deepEqual(await clean({ requestId }), [
      '1 overdue so far: 0 released, 1 left their waiting list, 0 with an open workflow',
      `Released 0 overdue holds and cancelled 1 order, 1 of which waited for units in vain (request ${requestId} in the audit log).`,
    ]);
    assert.deepEqual(await Promise.all([lost, next].map(statusOf)), ['cancelled', 'pending']);
    const signals = (await historyOf(woken)).map(
      ({ event }) => event.workflowExecutionSignaledEventAttributes?.signalName,
    );
    assert.ok(signals.includes('turn'));
    await woken.terminate();
  });

  it('says of a waiting order that it cannot wake what to do about it', async () => {
    const rare = await stockedProduct(database.db, { stock: 1 });
    const [{ id: lost }, { id: next }] = [await queued(database.db, rare, 2), await queued(database.db, rare)];
    await makeWaitOverdue(database.db, lost, 100);
    const lines = await clean();
    assert.ok(
      lines.some((line) => line.includes(next) && line.includes('earmark reconcile --repair')),
      lines.join('\n'),
    );
    assert.equal(await statusOf(lost), 'cancelled');
  });

  it('tells after every batch how far it is', async () => {
    for (let n = 0; n < 5; n++) await overdueOrder(100 + n);
    const lines = await clean({ batchSize: 2 });
    assert.deepEqual(
      lines.slice(0, -1),
      [2, 4, 5].map((n) => `${n} overdue so far: ${n} released, 0 with an open workflow`),
    );
  });

  it('touches nothing when the Temporal namespace does not exist, where every workflow would look gone', async () => {
    const id = await overdueOrder();
    const elsewhere = { ...config, temporal: { namespace: 'no-such-namespace', connection: {} } };
    await assert.rejects(clean({}, elsewhere), (error) => {
      assert.match(describeError(error), /^[^\n]*no-such-namespace[^\n]*$/);
      return true;
    });
    assert.equal(await statusOf(id), 'pending');
  });

  it('ends with one line and exit code 1 when Temporal cannot be reached, and touches nothing', async () => {
    const id = await overdueOrder();
    const env = { DATABASE_URL: database.url, TEMPORAL_ADDRESS: '127.0.0.1:1' };
    const { exitCode, stdout, stderr } = await runCli(['clean-expired'], env);
    assert.equal(exitCode, 1);
    assert.deepEqual(stdout, []);
    assert.equal(stderr.length, 1, stderr.join('\n'));
    assert.match(stderr[0] ?? '', /^earmark: Temporal cannot be reached/);
    assert.equal(await statusOf(id), 'pending');
  });

  it('uses the servers that the environment names, and its own options', async () => {
    const [old, fresh] = [await overdueOrder(500), await overdueOrder(100)];
    const env = { DATABASE_URL: database.url, TEMPORAL_ADDRESS: server.address };
    const { exitCode, stdout, stderr } = await runCli(
      ['clean-expired', '--older-than', '300', '--batch-size', '1'],
      env,
    );
    assert.equal(exitCode, 0, stderr.join('\n'));
    assert.match(stdout.at(-1) ?? '', /^Released 1 overdue hold and cancelled 1 order /);
    assert.deepEqual([await statusOf(old), await statusOf(fresh)], ['cancelled', 'pending']);
  });
});

describe('The options of earmark clean-expired', () => {
  const badOptions = [
    ['--batch-size', '0'],
    ['--batch-size', '1001'],
    ['--batch-size', 'many'],
    ['--batch-size', '2.5'],
    ['--older-than', '-1'],
    ['--older-than', 'soon'],
    ['--older-than'],
    ['--grace', '5'],
    ['now'],
  ];
  for (const args of badOptions) {
    it(`are refused in one line: ${args.join(' ')}`, async () => {
      const { error } = await parseCommand(addCleanExpiredCommand, 'clean-expired', ...args);
      assert.ok(error instanceof Error);
      assert.match(describeError(error), /^[^\n]+$/);
    });
  }

  it('are all in its help', async () => {
    const { output } = await parseCommand(addCleanExpiredCommand, 'clean-expired', '--help');
    for (const option of ['--dry-run', '--batch-size <n>', '--older-than <seconds>', 'default: 100']) {
      assert.ok(output.includes(option), option);
    }
  });
});
