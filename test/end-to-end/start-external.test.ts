import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { runningStack } from '../../src/stack/addresses.ts';
import { earmarkPart, type Part } from '../faults/part.ts';
import { runCli } from '../support/cli.ts';
import { environmentNames } from '../support/environment-names.ts';
import { onFreePorts } from '../support/free-port.ts';
import { freshDatabase, urlAsRole, type FreshDatabase } from '../support/postgres.ts';
import { devServer } from '../support/temporal.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

describe('earmark start on an external Postgres with the URLs of its roles', function () {
  this.timeout(90_000);
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let database: FreshDatabase;
  let stack: Part;
  let logFile: string;

  before(async () => {
    [folder, database] = await Promise.all([temporaryFolder(), freshDatabase()]);
    const { address } = await devServer();
    const port = await onFreePorts(1, async (port = 0) => port);
    logFile = path.join(folder.path, 'start.log');
    stack = earmarkPart({
      name: 'stack',
      command: 'start',
      logFile,
      env: {
        DATABASE_URL: database.url,
        EARMARK_API_DATABASE_URL: urlAsRole(database.url, 'api'),
        EARMARK_WORKER_DATABASE_URL: urlAsRole(database.url, 'worker'),
        TEMPORAL_ADDRESS: address,
        EARMARK_DATA_DIR: path.join(folder.path, 'data'),
        EARMARK_API_KEY: 'of-a-caller',
        EARMARK_JWKS_URL: 'https://issuer.invalid/keys',
        EARMARK_JWT_ISSUER: 'https://issuer.invalid',
        EARMARK_JWT_AUDIENCE: 'earmark',
        EARMARK_AUTH: 'required',
        EARMARK_HOST: '127.0.0.1',
        PORT: String(port),
      },
      isReady: (output) => output.includes('Ready in '),
    });
    await stack.start();
  });
  after(async () => {
    await stack?.stop();
    await database.drop();
    await folder.remove();
  });

  it('works as each of them, and tells other commands their URLs', async () => {
    const users = await database
      .db('pg_stat_activity')
      .whereRaw('datname = current_database()')
      .whereIn('application_name', ['earmark api', 'earmark worker'])
      .distinct('application_name as name', 'usename as user')
      .orderBy('name');
    assert.deepEqual(users, [
      { name: 'earmark api', user: 'earmark_api' },
      { name: 'earmark worker', user: 'earmark_worker' },
    ]);
    const addresses = await runningStack(path.join(folder.path, 'data'));
    assert.equal(addresses?.databaseUrl, database.url);
    assert.equal(addresses?.apiDatabaseUrl, urlAsRole(database.url, 'api'));
    assert.equal(addresses?.workerDatabaseUrl, urlAsRole(database.url, 'worker'));
  });

  it('is refused in one line when one of them leads to another database', async () => {
    const other = new URL(urlAsRole(database.url, 'api'));
    other.pathname = '/other';
    const { exitCode, stdout, stderr } = await runCli(['start'], {
      DATABASE_URL: database.url,
      EARMARK_API_DATABASE_URL: other.href,
      EARMARK_DATA_DIR: path.join(folder.path, 'other'),
    });
    assert.deepEqual([exitCode, stdout], [1, []]);
    const { host, pathname } = new URL(database.url);
    assert.deepEqual(stderr, [
      `earmark: EARMARK_API_DATABASE_URL leads to ${host}/other, and DATABASE_URL to ${host}${pathname}: correct one of them.`,
    ]);
  });

  it('leaves its worker without the URLs of others, and without what the API checks callers by', async function () {
    // Elsewhere a process cannot be asked what it was started with.
    if (process.platform !== 'linux') this.skip();
    const [, pid] = /^Worker: running as process (\d+)/m.exec(await readFile(logFile, 'utf8')) ?? [];
    const names = await environmentNames(Number(pid));
    assert.ok(names.includes('TEMPORAL_ADDRESS'));
    for (const name of [
      ...['DATABASE_URL', 'EARMARK_API_DATABASE_URL', 'EARMARK_WORKER_DATABASE_URL', 'EARMARK_API_KEY', 'EARMARK_AUTH'],
      ...['EARMARK_JWKS_URL', 'EARMARK_JWT_ISSUER', 'EARMARK_JWT_AUDIENCE'],
    ]) {
      assert.ok(!names.includes(name), name);
    }
  });
});
