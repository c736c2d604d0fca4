import assert from 'node:assert/strict';
import path from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { connectionOptions } from '../../src/api/connection-options.ts';
import { openDatabase } from '../../src/persistence/database.ts';
import { startStackOnFreePorts, startStackProcess, type StackProcess } from '../support/stack-process.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { form } from './form.ts';
import { underLoad, type Shop } from './scenario.ts';

const { seed } = form;
/** Milliseconds. */
const limit = 15_000;

describe('earmark start under load', function () {
  this.timeout(form.choose(120_000, 600_000));
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let env: Record<string, string>;
  let stack: StackProcess;
  let shop: Shop;
  let close: () => Promise<void>;

  before(async () => {
    folder = await temporaryFolder();
    ({ stack, env } = await startStackOnFreePorts(path.join(folder.path, 'data')));
    const { api, databaseUrl, temporalAddress } = stack.addresses;
    const db = openDatabase({ url: databaseUrl, poolMax: 4, name: 'earmark fault test' });
    const connection = Connection.lazy({ address: temporalAddress, ...connectionOptions });
    close = async () => {
      await connection.close();
      await db.destroy();
    };
    const heal = async () => {
      if (stack.survivors().length === 0) stack = await startStackProcess(env);
    };
    shop = { urls: [api], databaseUrl, db, client: new Client({ connection }), heal };
  });
  after(async () => {
    await close?.();
    await stack?.end('SIGTERM');
    await folder.remove();
  });

  it('ends within 15 s of a SIGTERM and leaves nothing running; the next start goes on with every order', async () => {
    await underLoad({ name: 'SIGTERM of the whole stack', system: shop, seed, pauseMs: 300 }, async () => {
      const since = Date.now();
      assert.equal(await stack.end('SIGTERM'), 0);
      assert.ok(Date.now() - since <= limit, `it took ${Date.now() - since} ms`);
      assert.deepEqual(stack.survivors(), []);
    });
  });

  it('is killed altogether, and the next start goes on with every order', async () => {
    await underLoad({ name: 'kill -9 of the whole stack', system: shop, seed, pauseMs: 300 }, async () => {
      await stack.killEverything();
    });
  });
});
