import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import path from 'node:path';
import { addDoctorCommand, examine } from '../../src/commands/doctor.ts';
import { judgeClock } from '../../src/commands/doctor/clocks.ts';
import type { Diagnosis } from '../../src/commands/doctor/diagnosis.ts';
import { judgeFolder } from '../../src/commands/doctor/folders.ts';
import { judgeNode } from '../../src/commands/doctor/programs.ts';
import { judgeWorkers, type Poller } from '../../src/commands/doctor/workers.ts';
import { loadConfig } from '../../src/config.ts';
import { runCli } from '../support/cli.ts';
import { parseCommand } from '../support/command.ts';
import { onFreePorts } from '../support/free-port.ts';
import { freshDatabase, urlAsRole, type FreshDatabase } from '../support/postgres.ts';
import { startStackOnFreePorts, type StackProcess } from '../support/stack-process.ts';
import { devServer, type DevServer } from '../support/temporal.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { startTestWorker } from '../support/worker.ts';

interface Report {
  readonly problems: number;
  readonly warnings: number;
  readonly checks: readonly Diagnosis[];
}

const found = (checks: readonly Diagnosis[], name: string): Diagnosis => {
  const diagnosis = checks.find(({ check }) => check === name);
  assert.ok(diagnosis, `${name} is not among ${checks.map(({ check }) => check).join(', ')}`);
  return diagnosis;
};

const is = (checks: readonly Diagnosis[], name: string, health: Diagnosis['health'], detail: RegExp): void => {
  const diagnosis = found(checks, name);
  assert.equal(diagnosis.health, health, diagnosis.detail);
  assert.match(diagnosis.detail, detail);
};

/** Accepts connections and never says a word. */
async function silentServer(): Promise<{ readonly port: number; close(): Promise<void> }> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => void sockets.add(socket.on('error', () => undefined)));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

describe('earmark doctor', function () {
  // A whole stack, and processes of their own.
  this.timeout(90_000);
  let database: FreshDatabase;
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let server: DevServer;
  before(async () => {
    [database, folder, server] = await Promise.all([freshDatabase(), temporaryFolder(), devServer()]);
  });
  after(() => Promise.all([database.drop(), folder.remove()]));

  /** Makes the checks in this process, in an environment that has nothing but these variables. */
  const look = (env: Record<string, string>, taskQueue?: string) =>
    examine(loadConfig({ EARMARK_DATA_DIR: path.join(folder.path, 'data'), ...env }), taskQueue);
  const servers = () => ({ DATABASE_URL: database.url, TEMPORAL_ADDRESS: server.address });

  describe('where no stack runs', () => {
    const none = {
      DATABASE_URL: '',
      TEMPORAL_ADDRESS: '',
      EARMARK_API_DATABASE_URL: '',
      EARMARK_WORKER_DATABASE_URL: '',
    };
    const run = (port: number, ...args: string[]) =>
      onFreePorts(4, async (api, postgres, temporal, ui) => {
        const env = {
          ...none,
          PORT: String(port || api),
          EARMARK_POSTGRES_PORT: String(postgres),
          EARMARK_TEMPORAL_PORT: String(temporal),
          EARMARK_TEMPORAL_UI_PORT: String(ui),
          EARMARK_DATA_DIR: path.join(folder.path, 'none'),
        };
        return runCli(['doctor', ...args], env);
      });

    it('says how to start one, finds the ports free, and ends well', async () => {
      const { exitCode, stdout, stderr } = await run(0);
      assert.deepEqual([exitCode, stderr], [0, []], stdout.join('\n'));
      const lines = stdout.join('\n');
      assert.match(lines, /^warning +Stack +No stack is running here\. Run earmark start, or set /m);
      for (const name of ['PORT', 'EARMARK_POSTGRES_PORT', 'EARMARK_TEMPORAL_PORT', 'EARMARK_TEMPORAL_UI_PORT']) {
        assert.match(lines, new RegExp(`^ok +${name} +\\d+ is free for the `, 'm'));
      }
      assert.equal(stdout.at(-1), '0 problems, 1 warning.');
    });

    it('leaves no trace', async () => {
      assert.equal((await run(0)).exitCode, 0);
      assert.equal(existsSync(path.join(folder.path, 'none')), false);
    });

    it('ends with exit code 1 when another program has a port, and prints one document with --json', async () => {
      const other = await silentServer();
      try {
        const { exitCode, stdout } = await run(other.port, '--json');
        assert.equal(exitCode, 1);
        assert.equal(stdout.length, 1);
        const { problems, checks } = JSON.parse(stdout[0] ?? '') as Report;
        assert.equal(problems, 1);
        is(checks, 'PORT', 'problem', /^Port \d+ for the API is taken\. Free it, or set PORT to another port\.$/);
      } finally {
        await other.close();
      }
    });
  });

  describe('beside a stack that runs', () => {
    let stack: StackProcess;
    let env: Record<string, string>;
    before(async () => {
      ({ stack, env } = await startStackOnFreePorts(path.join(folder.path, 'stack')));
    });
    after(() => stack.end('SIGTERM'));

    it('finds everything as it should be', async () => {
      const { exitCode, stdout, stderr } = await runCli(['doctor', '--json'], env);
      const { checks, problems } = JSON.parse(stdout[0] ?? '') as Report;
      assert.deepEqual([exitCode, problems, stderr], [0, 0, []], stdout[0]);
      is(checks, 'Stack', 'ok', /^runs in /);
      for (const name of ['PORT', 'EARMARK_POSTGRES_PORT', 'EARMARK_TEMPORAL_PORT', 'EARMARK_TEMPORAL_UI_PORT']) {
        is(checks, name, 'ok', /^\d+ is used by the stack that runs here, for /);
      }
      is(checks, 'Postgres', 'ok', /^18\.\d+ at 127\.0\.0\.1:\d+, as earmark_api, without a password, without TLS$/);
      is(checks, 'Schema', 'ok', /^up to date$/);
      is(checks, 'Role of the API', 'ok', /^earmark_api may do everything/);
      is(checks, 'Role of the worker', 'ok', /^earmark_worker may do everything/);
      is(checks, 'Clock of Postgres', 'ok', /agrees with this machine's/);
      is(checks, 'Temporal', 'ok', /^1\.\d+\.\d+ at 127\.0\.0\.1:\d+, namespace default, without TLS$/);
      is(checks, 'Search attributes', 'ok', /^registered/);
      is(checks, 'Schedule earmark-clean-expired', 'ok', /next \d{4}-/);
      is(checks, 'Schedule earmark-reconcile', 'ok', /next \d{4}-/);
      is(
        checks,
        'Workers',
        'ok',
        new RegExp(`^${stack.workerPid()}@.* on the task queue earmark, last poll \\d+ s ago$`),
      );
      is(checks, 'Clock of Temporal', 'ok', /agrees with this machine's/);
      is(checks, 'API', 'ok', /^ready at http/);
    });
  });

  it('tells a schema that lacks a migration', async () => {
    const own = await freshDatabase();
    try {
      await own.db('knex_migrations').where({ name: '0007-fast-lists' }).delete();
      const checks = await look({ DATABASE_URL: own.url });
      is(checks, 'Schema', 'problem', /^It lacks 0007-fast-lists\. Run earmark migrate\.$/);
      await own.db('knex_migrations').insert({ name: '9999-later', batch: 9, migration_time: new Date() });
      is(await look({ DATABASE_URL: own.url }), 'Schema', 'problem', /later version of Earmark .*9999-later/);
    } finally {
      await own.drop();
    }
  });

  it('tells a role that lacks a privilege, and one that cannot log in', async () => {
    const roles = {
      EARMARK_API_DATABASE_URL: urlAsRole(database.url, 'worker'),
      EARMARK_WORKER_DATABASE_URL: database.url.replace('earmark@', 'nobody_of_that_name@'),
    };
    const checks = await look({ DATABASE_URL: database.url, ...roles });
    is(checks, 'Role of the API', 'problem', /^earmark_worker lacks .* Run earmark migrate --roles\.$/);
    is(checks, 'Role of the worker', 'problem', /nobody_of_that_name/);
  });

  it('tells a Temporal that is not there, and goes on with everything else', async () => {
    const checks = await look({ ...servers(), TEMPORAL_ADDRESS: '127.0.0.1:1' });
    is(checks, 'Temporal', 'problem', /^Temporal cannot be reached .* Check TEMPORAL_ADDRESS/);
    is(checks, 'Schema', 'ok', /up to date/);
    assert.ok(!checks.some(({ check }) => check === 'Workers'), 'nothing is said about what cannot be asked');
  });

  it('is not held up by servers that take connections and never answer', async () => {
    const silent = await silentServer();
    try {
      const { port } = silent;
      const env = {
        DATABASE_URL: `postgres://earmark@127.0.0.1:${port}/earmark`,
        TEMPORAL_ADDRESS: `127.0.0.1:${port}`,
        PORT: String(port),
        EARMARK_DATA_DIR: path.join(folder.path, 'none'),
      };
      const { exitCode, stdout } = await runCli(['doctor', '--json'], env);
      assert.equal(exitCode, 1, 'and not the end by the patience of this test');
      const { checks } = JSON.parse(stdout[0] ?? '') as Report;
      for (const name of ['Postgres', 'Temporal']) assert.equal(found(checks, name).health, 'problem');
      is(checks, 'API', 'warning', /^No API answers at http/);
    } finally {
      await silent.close();
    }
  });

  it('tells a namespace that is not there', async () => {
    const checks = await look({ ...servers(), TEMPORAL_NAMESPACE: 'nowhere' });
    is(checks, 'Temporal', 'problem', /has no namespace nowhere\. Create it, or correct TEMPORAL_NAMESPACE\.$/);
  });

  it('knows a worker that polls, and one that does not any more', async () => {
    const taskQueue = 'doctor-test';
    is(
      await look(servers(), taskQueue),
      'Workers',
      'problem',
      /^No worker polls the task queue doctor-test for workflow/,
    );
    const worker = await startTestWorker({ server, db: database.db, taskQueue });
    try {
      is(
        await look(servers(), taskQueue),
        'Workers',
        'ok',
        /^\d+@.* on the task queue doctor-test, last poll \d+ s ago$/,
      );
    } finally {
      await worker.stop();
    }
    const now = 1_000_000;
    const pollers = (lastPoll: number): Poller[] =>
      (['workflow', 'activity'] as const).map((kind) => ({ kind, identity: '7@host', lastPoll }));
    assert.equal(judgeWorkers(taskQueue, pollers(now - 70_000), now).health, 'ok', 'it waits for an answer meanwhile');
    assert.match(
      judgeWorkers(taskQueue, pollers(now - 120_000), now).detail,
      /any more: the last did 120 s ago\. Run /,
    );
    const half = judgeWorkers(taskQueue, pollers(now).slice(0, 1), now);
    assert.match(half.detail, /^No worker polls the task queue doctor-test for activity tasks\./);
  });

  it('says what is set in the place of embedded servers, and that half of it is not enough', async () => {
    const both = await look(servers());
    is(both, 'Stack', 'ok', /servers of yours are set/);
    is(both, 'EARMARK_POSTGRES_PORT', 'ok', /^not needed for the embedded Postgres: DATABASE_URL is set$/);
    is(both, 'EARMARK_TEMPORAL_PORT', 'ok', /TEMPORAL_ADDRESS is set$/);
    is(await look({ DATABASE_URL: database.url }), 'Stack', 'warning', /TEMPORAL_ADDRESS is not set/);
  });

  it('warns of a clock that differs by more than a second for certain', () => {
    const asked = { sent: 10_000, received: 10_200 };
    assert.equal(judgeClock('X', { ...asked, from: 11_150, to: 11_150 }).health, 'ok');
    const ahead = judgeClock('X', { ...asked, from: 11_300, to: 11_300 });
    assert.match(`${ahead.health}: ${ahead.detail}`, /^warning: That of X is 1\.1 s ahead of this machine's\./);
    const behind = judgeClock('X', { ...asked, from: 7_000, to: 7_999 });
    assert.match(`${behind.health}: ${behind.detail}`, /^warning: That of X is 2\.0 s behind this machine's\./);
  });

  it('warns of a disk that is nearly full, and tells a folder that cannot be one', async () => {
    const room = await judgeFolder(folder.path, 'EARMARK_DATA_DIR', Number.MAX_VALUE);
    assert.match(`${room.health}: ${room.detail}`, /^warning: .* has only [\d.]+ GiB free\./);
    const file = await judgeFolder(path.join(import.meta.filename, 'below'), 'EARMARK_DATA_DIR');
    assert.match(`${file.health}: ${file.detail}`, /^problem: .* cannot be written\. Set EARMARK_DATA_DIR/);
  });

  it('tells a Node that is too old', () => {
    assert.equal(judgeNode('20.18.9', '>=20.19').health, 'problem');
    for (const version of ['20.19.0', '22.1.0']) assert.equal(judgeNode(version, '>=20.19').health, 'ok');
  });

  it('has its option in its help', async () => {
    const { output } = await parseCommand(addDoctorCommand, 'doctor', '--help');
    assert.match(output, /--json/);
  });
});
