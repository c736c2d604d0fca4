import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { ScheduleHandle } from '@temporalio/client';
import { environmentWith } from '../src/config.ts';
import { findingKinds } from '../src/domain/finding.ts';
import { cleanupScheduleId, reconcileScheduleId } from '../src/workflows/messages.ts';
import { entry } from './support/entry.ts';
import { onFreePorts } from './support/free-port.ts';
import { heldOrder, item } from './support/holds.ts';
import { stockedProduct } from './support/orders.ts';
import { freshDatabase, type FreshDatabase, urlAsRole } from './support/postgres.ts';
import { devServer, type DevServer } from './support/temporal.ts';
import { startTcpProxy, through } from './support/tcp-proxy.ts';
import { until } from './support/until.ts';

describe('A worker process', () => {
  let server: DevServer;
  let database: FreshDatabase;
  before(async () => {
    server = await devServer();
    database = await freshDatabase();
  });
  after(() => database.drop());

  it('serves at EARMARK_METRICS_ADDRESS the findings of the last look by kind, and how many looks there were', async () => {
    const { id } = await heldOrder(database.db, item(await stockedProduct(database.db)));
    await database.db('orders').where({ id }).update({ status: 'shipped' });
    const port = await onFreePorts(1, async (port = 0) => port);
    const worker = startWorker(urlAsRole(database.url, 'worker'), { EARMARK_METRICS_ADDRESS: `127.0.0.1:${port}` });
    const { schedule } = server.client;
    const metrics = async (): Promise<string> => {
      const reply = await fetch(`http://127.0.0.1:${port}/metrics`).catch(() => undefined);
      return (await reply?.text()) ?? '';
    };
    try {
      const looks = schedule.getHandle(reconcileScheduleId);
      await untilThere(looks);
      await looks.trigger();
      await until(async () => /^earmark_reconcile_runs(_total)?\b.* 1$/m.test(await metrics()), 15_000);
      const text = await metrics();
      const found = ['order-log', 'order-reservations', 'order-without-workflow'];
      for (const kind of findingKinds) {
        const [, count] = new RegExp(`^earmark_findings\\{.*kind="${kind}".*\\} (\\d+)$`, 'm').exec(text) ?? [];
        assert.equal(count, found.includes(kind) ? '1' : '0', kind);
      }
    } finally {
      await stop(worker);
    }
  });

  it('ends cleanly on SIGTERM while it looks at whole tables and gets no answer', async () => {
    const proxy = await startTcpProxy(Number(new URL(database.url).port));
    const worker = startWorker(urlAsRole(through(proxy, database.url), 'worker'));
    const looksIn = async (state: object) =>
      database.db('pg_stat_activity').where({ application_name: 'earmark worker reconcile', ...state });
    try {
      const looks = server.client.schedule.getHandle(reconcileScheduleId);
      await untilThere(looks);
      // Whoever looks has to wait here, for two seconds at most.
      await database.db.transaction(async (holder) => {
        // On a busy machine it takes its time until somebody looks: the one who holds them up is not given up meanwhile.
        await holder.raw('SET LOCAL idle_in_transaction_session_timeout = 0');
        await holder.raw('LOCK TABLE stock_levels IN ACCESS EXCLUSIVE MODE');
        await looks.trigger();
        await until(async () => (await looksIn({ wait_event_type: 'Lock' })).length > 0, 15_000);
        proxy.swallow();
      });
      // The server gives the idle transaction up, and the worker does not hear of it.
      await until(async () => (await looksIn({})).length === 0, 20_000);
      proxy.pass();
    } finally {
      assert.equal(await stop(worker), 0);
      await proxy.close();
    }
  });

  function startWorker(databaseUrl: string, settings: Readonly<Record<string, string>> = {}): ChildProcess {
    return spawn(process.execPath, [...entry(), 'worker'], {
      stdio: 'ignore',
      env: environmentWith({
        EARMARK_WORKER_DATABASE_URL: databaseUrl,
        TEMPORAL_ADDRESS: server.address,
        ...settings,
      }),
    });
  }

  /** @returns its exit code */
  async function stop(worker: ChildProcess): Promise<number | null> {
    const ended = once(worker, 'exit');
    worker.kill();
    const [code] = (await ended) as [number | null];
    const { schedule } = server.client;
    for (const id of [reconcileScheduleId, cleanupScheduleId]) await schedule.getHandle(id).delete();
    return code;
  }
});

/** Waits until a worker has made a schedule. */
async function untilThere(schedule: ScheduleHandle): Promise<void> {
  const isThere = () =>
    schedule.describe().then(
      () => true,
      () => false,
    );
  await until(isThere, 25_000);
}
