import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import net from 'node:net';
import path from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { loadConfig } from '../../src/config.ts';
import { resolveTemporalCli } from '../../src/stack/temporal-binary.ts';
import { startTemporalServer, type RunningTemporal } from '../../src/stack/temporal-server.ts';
import { onFreePorts } from '../support/free-port.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

describe('The embedded Temporal', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let running: RunningTemporal[];
  let original: string;
  let binary: string;

  before(async () => {
    const { cacheDir, temporalCli } = loadConfig();
    original = await resolveTemporalCli(temporalCli, { cacheDir });
  });
  beforeEach(async () => {
    folder = await temporaryFolder();
    running = [];
    binary = original;
  });
  afterEach(async () => {
    await Promise.all(running.map((server) => server.stop()));
    await folder.remove();
  });

  it('keeps workflows over a kill -9 and keeps closed ones for 30 days', async () => {
    const first = await start();
    await startWorkflow(first, 'order-1');
    process.kill(first.pid, 'SIGKILL');
    await first.ended;
    const second = await start();
    await withClient(second, async (client) => {
      assert.equal((await client.workflow.getHandle('order-1').describe()).status.name, 'RUNNING');
      const { config } = await client.workflowService.describeNamespace({ namespace: 'default' });
      assert.equal(Number(config?.workflowExecutionRetentionTtl?.seconds), 30 * 86_400);
      const { customAttributes } = await client.connection.operatorService.listSearchAttributes({
        namespace: 'default',
      });
      for (const name of ['OrderStatus', 'OrderTotal', 'Skus']) assert.ok(name in customAttributes, name);
    });
  });

  it('ends the server that a killed run left on the same database', async () => {
    const leftover = await start();
    const next = await start();
    assert.match(await leftover.ended, /exit code 0|SIGTERM|SIGKILL/);
    await startWorkflow(next, 'order-2');
  });

  for (const [which, use, variable] of [
    [0, 'the embedded Temporal', 'EARMARK_TEMPORAL_PORT'],
    [1, 'the Temporal Web UI', 'EARMARK_TEMPORAL_UI_PORT'],
  ] as const) {
    it(`names a taken port for ${use} and ${variable}, which moves it`, async () => {
      const taken = net.createServer();
      await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
      const { port } = taken.address() as net.AddressInfo;
      try {
        const attempt = onFreePorts(1, (free = 0) => (which === 0 ? startOn(port, free) : startOn(free, port)));
        await assert.rejects(attempt, {
          message: `Port ${port} for ${use} is taken. Free it, or set ${variable} to another port.`,
        });
      } finally {
        taken.close();
      }
    });
  }

  it('is started again when another program took one of the ports that it chose by itself', async () => {
    const refusal = 'listen tcp 127.0.0.1:36161: bind: address already in use';
    binary = await failingFirst(refusal, `exec '${binary}' "$@"`);
    const server = await start();
    await startWorkflow(server, 'order-3');
  });

  it('says why it crashed, and not where, when it crashes time after time', async () => {
    const crash = 'panic: failed assigning ephemeral port\n\ngoroutine 1:\n\tmain.go:18 +0x8e';
    binary = await failingFirst(crash, `printf '${crash}'; exit 2`);
    await assert.rejects(start(), /^StackError: Temporal did not start: panic: failed assigning ephemeral port\. See /);
  });

  it('is not started again when it refuses its options', async () => {
    binary = await failingFirst('unknown flag', `exec '${binary}' "$@"`);
    await assert.rejects(start(), /^StackError: Temporal did not start: unknown flag\. See /);
  });

  /** A program that fails as the server does when it is run for the first time. */
  async function failingFirst(output: string, next: string): Promise<string> {
    const file = path.join(folder.path, 'temporal');
    const first = `touch "$0.ran"; printf '${output}'; exit 1`;
    await writeFile(file, `#!/bin/sh\nif [ ! -e "$0.ran" ]; then ${first}; fi\n${next}\n`, { mode: 0o755 });
    return file;
  }

  function start(): Promise<RunningTemporal> {
    return onFreePorts(2, (port = 0, uiPort = 0) => startOn(port, uiPort));
  }

  async function startOn(port: number, uiPort: number): Promise<RunningTemporal> {
    const server = await startTemporalServer({
      binary,
      databaseFile: path.join(folder.path, 'temporal.db'),
      port,
      uiPort,
      namespace: 'default',
      logFile: path.join(folder.path, 'temporal.log'),
    });
    running.push(server);
    return server;
  }
});

async function startWorkflow(server: RunningTemporal, workflowId: string): Promise<void> {
  await withClient(server, async (client) => {
    await client.workflow.start('order', { workflowId, taskQueue: 'nobody', args: [] });
  });
}

async function withClient(server: RunningTemporal, use: (client: Client) => Promise<void>): Promise<void> {
  const connection = await Connection.connect({ address: server.address });
  try {
    await use(new Client({ connection }));
  } finally {
    await connection.close();
  }
}
