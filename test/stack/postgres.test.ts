import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import net from 'node:net';
import path from 'node:path';
import { openDatabase } from '../../src/persistence/database.ts';
import { startPostgres, type RunningPostgres } from '../../src/stack/postgres.ts';
import { onFreePorts } from '../support/free-port.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

describe('The embedded Postgres', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let dataDir: string;
  let running: RunningPostgres[];
  let bystander: ChildProcess | undefined;

  beforeEach(async () => {
    folder = await temporaryFolder();
    dataDir = path.join(folder.path, 'postgres');
    running = [];
  });
  afterEach(async () => {
    bystander?.kill();
    for (const server of running) await server.stop();
    await folder.remove();
  });

  it('keeps its data from one run to the next', async () => {
    const first = await start();
    await query(first, 'create table kept (word text)');
    await query(first, `insert into kept values ('still here')`);
    await first.stop();
    assert.equal(await first.ended, 'exit code 0');
    assert.deepEqual(await query(await start(), 'select word from kept'), [{ word: 'still here' }]);
  });

  it('sorts text by code point and speaks UTF-8, whatever the machine is set to', async () => {
    const server = await start();
    const [row] = await query(
      server,
      `select datlocprovider as provider, datlocale as locale, pg_encoding_to_char(encoding) as encoding
       from pg_database where datname = 'earmark'`,
    );
    assert.deepEqual(row, { provider: 'b', locale: 'C.UTF-8', encoding: 'UTF8' });
  });

  it('ends the server that a killed run left on the same folder', async () => {
    const leftover = await start();
    await query(leftover, 'create table kept ()');
    const next = await start();
    assert.equal(await leftover.ended, 'exit code 0');
    assert.deepEqual(await query(next, 'select * from kept'), []);
  });

  it('starts after a kill -9 of the server', async () => {
    const killed = await start({ durable: true });
    await query(killed, 'create table kept ()');
    process.kill(killed.pid, 'SIGKILL');
    assert.equal(await killed.ended, 'SIGKILL');
    assert.deepEqual(await query(await start({ durable: true }), 'select * from kept'), []);
  });

  it('is not stopped by a stale lock file whose pid now belongs to another program', async () => {
    await (await start()).stop();
    bystander = spawn(process.execPath, ['-e', 'setInterval(() => undefined, 1000)'], { stdio: 'ignore' });
    await writeFile(path.join(dataDir, 'postmaster.pid'), `${bystander.pid}\n${dataDir}\n1\n5432\n\n127.0.0.1\n\n`);
    await start();
    assert.equal(bystander.exitCode, null);
    assert.equal(bystander.signalCode, null, 'the other program goes on');
  });

  it('makes its folder anew when the first start was killed half-way', async () => {
    await mkdir(`${dataDir}.new`);
    await writeFile(path.join(`${dataDir}.new`, 'PG_VERSION'), '18\n');
    await start();
    assert.deepEqual(await query(running[0]!, 'select 1 as one'), [{ one: 1 }]);
    assert.deepEqual((await readdir(folder.path)).toSorted(), ['postgres', 'postgres.log']);
  });

  it('keeps aside a folder that is not a complete one', async () => {
    await mkdir(dataDir);
    await writeFile(path.join(dataDir, 'notes.txt'), 'mine');
    await start();
    const [aside = ''] = (await readdir(folder.path)).filter((name) => name.startsWith('postgres.incomplete-'));
    assert.equal(await readFile(path.join(folder.path, aside, 'notes.txt'), 'utf8'), 'mine');
  });

  it('refuses a folder of another major version', async () => {
    await mkdir(dataDir);
    await writeFile(path.join(dataDir, 'PG_VERSION'), '17\n');
    await assert.rejects(start(), {
      message: `${dataDir} was made by Postgres 17, this is 18. Set EARMARK_DATA_DIR to another folder.`,
    });
  });

  it('names a taken port and the variable that moves it', async () => {
    const taken = net.createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const { port } = taken.address() as net.AddressInfo;
    try {
      await assert.rejects(startOn(port), {
        message: `Port ${port} for the embedded Postgres is taken. Free it, or set EARMARK_POSTGRES_PORT to another port.`,
      });
    } finally {
      taken.close();
    }
  });

  function start({ durable = false } = {}): Promise<RunningPostgres> {
    return onFreePorts(1, (port = 0) => startOn(port, durable));
  }

  async function startOn(port: number, durable = false): Promise<RunningPostgres> {
    const logFile = path.join(folder.path, 'postgres.log');
    const server = await startPostgres({ dataDir, port, logFile, durable });
    running.push(server);
    return server;
  }
});

async function query(server: RunningPostgres, sql: string): Promise<unknown[]> {
  const db = openDatabase({ url: server.url, poolMax: 1 });
  try {
    return (await db.raw<{ rows: unknown[] }>(sql)).rows;
  } finally {
    await db.destroy();
  }
}
