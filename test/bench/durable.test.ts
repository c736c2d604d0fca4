import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { assertDurablePostgres, assertTemporalOnFile, temporalFlagsIn } from '../../bench/durable.ts';
import { startPlainTemporal, type PlainTemporal } from '../../bench/plain/temporal.ts';
import { testDatabase } from '../support/database.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { until } from '../support/until.ts';

describe('the command line of a dev server', () => {
  it('tells where its database is, and what it was told beside', () => {
    const args = [
      ...['temporal', 'server', 'start-dev', '--port', '7233', '--dynamic-config-value', 'a.b=2000'],
      ...['--db-filename', '/some where/temporal.db', '--sqlite-pragma', 'journal_mode=WAL'],
      ...['--dynamic-config-value=c.d=1', '--sqlite-pragma', 'synchronous=NORMAL'],
    ];
    assert.deepEqual(temporalFlagsIn(args), {
      databaseFile: '/some where/temporal.db',
      pragmas: ['journal_mode=WAL', 'synchronous=NORMAL'],
      dynamicConfig: ['a.b=2000', 'c.d=1'],
    });
  });

  it('names no database where it is in memory', () => {
    const flags = temporalFlagsIn(['temporal', 'server', 'start-dev', '--port', '7233', '--log-level', 'error']);
    assert.deepEqual(flags, { databaseFile: undefined, pragmas: [], dynamicConfig: [] });
  });

  it('knows the short name of the file, and the one that is given with an equals sign', () => {
    assert.equal(temporalFlagsIn(['-f', 'a.db']).databaseFile, 'a.db');
    assert.equal(temporalFlagsIn(['--db-filename=b.db']).databaseFile, 'b.db');
  });
});

describe('the benchmark', () => {
  const database = testDatabase();
  database.prepare();
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let children: ChildProcess[];
  let servers: PlainTemporal[];

  beforeEach(async () => {
    folder = await temporaryFolder();
    children = [];
    servers = [];
  });
  afterEach(async () => {
    for (const child of children) child.kill('SIGKILL');
    for (const server of servers) await server.stop();
    await folder.remove();
  });

  /** A process that waits, with the arguments of a dev server. */
  async function waiting(program: string, ...args: string[]): Promise<number> {
    const child = spawn(process.execPath, ['-e', program, '--', ...args], { stdio: ['ignore', 'pipe', 'ignore'] });
    children.push(child);
    let said = '';
    child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
    await until(() => said.includes('ready'));
    return child.pid ?? 0;
  }
  const idle = 'console.log("ready"); setInterval(() => {}, 1000)';
  const holding = `require('node:fs').openSync(process.argv.at(-1), 'r+'); ${idle}`;

  it('runs on a Temporal that keeps its histories in a file', async () => {
    const server = await startPlainTemporal(folder.path);
    servers.push(server);
    assert.equal(assertTemporalOnFile(server.pid, folder.path).databaseFile, 'temporal.db');
  });

  it('refuses one in memory', async () => {
    const pid = await waiting(idle, 'server', 'start-dev');
    assert.throws(() => assertTemporalOnFile(pid, folder.path), /without --db-filename and is in memory/);
  });

  it('refuses one whose file is not there, or is another than the one it writes to', async () => {
    const file = path.join(folder.path, 'temporal.db');
    const pid = await waiting(idle, '--db-filename', file);
    assert.throws(() => assertTemporalOnFile(pid, folder.path), /does not write to/);
    await writeFile(file, '');
    assert.throws(() => assertTemporalOnFile(pid, folder.path), /does not write to/);
  });

  it('refuses one whose file lies elsewhere, and one that is careless with it', async () => {
    const file = path.join(folder.path, 'temporal.db');
    await writeFile(file, 'something');
    const elsewhere = await temporaryFolder();
    try {
      const careless = await waiting(holding, '--sqlite-pragma', 'synchronous=OFF', '--db-filename', file);
      assert.throws(() => assertTemporalOnFile(careless, folder.path), /runs with synchronous=OFF/);
      assert.throws(() => assertTemporalOnFile(careless, elsewhere.path), /is on .*, not in/);
      const careful = await waiting(holding, '--sqlite-pragma', 'synchronous=FULL', '--db-filename', file);
      assert.deepEqual(assertTemporalOnFile(careful, folder.path).pragmas, ['synchronous=FULL']);
    } finally {
      await elsewhere.remove();
    }
  });

  it('refuses a Postgres that would not keep what it commits', async () => {
    await database.db.transaction(async (trx) => {
      await trx.raw('SET LOCAL synchronous_commit = off');
      await assert.rejects(assertDurablePostgres(trx), /synchronous_commit is off/);
    });
  });
});
