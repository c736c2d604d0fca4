import assert from 'node:assert/strict';
import path from 'node:path';
import { runningStack } from '../../src/stack/addresses.ts';
import { earmarkPart, type Part } from '../faults/part.ts';
import { onFreePorts } from '../support/free-port.ts';
import { freshDatabase, urlAsRole, type FreshDatabase } from '../support/postgres.ts';
import { devServer } from '../support/temporal.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

describe('earmark start on an external Postgres with the URLs of its roles', function () {
  this.timeout(90_000);
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let database: FreshDatabase;
  let stack: Part;

  before(async () => {
    [folder, database] = await Promise.all([temporaryFolder(), freshDatabase()]);
    const { address } = await devServer();
    const port = await onFreePorts(1, async (port = 0) => port);
    stack = earmarkPart({
      name: 'stack',
      command: 'start',
      logFile: path.join(folder.path, 'start.log'),
      env: {
        DATABASE_URL: database.url,
        EARMARK_API_DATABASE_URL: urlAsRole(database.url, 'api'),
        EARMARK_WORKER_DATABASE_URL: urlAsRole(database.url, 'worker'),
        TEMPORAL_ADDRESS: address,
        EARMARK_DATA_DIR: path.join(folder.path, 'data'),
        EARMARK_AUTH: 'open',
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
});
