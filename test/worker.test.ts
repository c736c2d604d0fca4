import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { environmentWith } from '../src/config.ts';
import { findingKinds } from '../src/domain/finding.ts';
import { cleanupScheduleId, reconcileScheduleId } from '../src/workflows/messages.ts';
import { onFreePorts } from './support/free-port.ts';
import { heldOrder, item } from './support/holds.ts';
import { stockedProduct } from './support/orders.ts';
import { freshDatabase, type FreshDatabase, urlAsRole } from './support/postgres.ts';
import { devServer, type DevServer } from './support/temporal.ts';
import { until } from './support/until.ts';

describe('A worker with EARMARK_METRICS_ADDRESS', () => {
  let server: DevServer;
  let database: FreshDatabase;
  before(async () => {
    server = await devServer();
    database = await freshDatabase();
  });
  after(() => database.drop());

  it('serves the findings of the last look by kind, and how many looks there were', async () => {
    const { id } = await heldOrder(database.db, item(await stockedProduct(database.db)));
    await database.db('orders').where({ id }).update({ status: 'shipped' });
    const port = await onFreePorts(1, async (port = 0) => port);
    const worker = spawn(
      process.execPath,
      ['--import', 'tsx', fileURLToPath(new URL('../src/cli.ts', import.meta.url)), 'worker'],
      {
        stdio: 'ignore',
        env: environmentWith({
          EARMARK_WORKER_DATABASE_URL: urlAsRole(database.url, 'worker'),
          TEMPORAL_ADDRESS: server.address,
          EARMARK_METRICS_ADDRESS: `127.0.0.1:${port}`,
        }),
      },
    );
    const { schedule } = server.client;
    const metrics = async (): Promise<string> => {
      const reply = await fetch(`http://127.0.0.1:${port}/metrics`).catch(() => undefined);
      return (await reply?.text()) ?? '';
    };
    try {
      const looks = schedule.getHandle(reconcileScheduleId);
      // Until the worker has made it.
      const trigger = () =>
        looks.trigger().then(
          () => true,
          () => false,
        );
      await until(trigger, 25_000);
      await until(async () => /^earmark_reconcile_runs(_total)?\b.* 1$/m.test(await metrics()), 15_000);
      const text = await metrics();
      const found = ['order-log', 'order-reservations', 'order-without-workflow'];
      for (const kind of findingKinds) {
        const [, count] = new RegExp(`^earmark_findings\\{.*kind="${kind}".*\\} (\\d+)$`, 'm').exec(text) ?? [];
        assert.equal(count, found.includes(kind) ? '1' : '0', kind);
      }
    } finally {
      const ended = once(worker, 'exit');
      worker.kill();
      await ended;
      for (const id of [reconcileScheduleId, cleanupScheduleId]) await schedule.getHandle(id).delete();
    }
  });
});
