import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { loadConfig } from '../../src/config.ts';
import { publishAddresses, resolveServers } from '../../src/stack/addresses.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const stack = {
  api: 'http://127.0.0.1:3000',
  databaseUrl: 'postgres://earmark@127.0.0.1:54329/earmark',
  temporalAddress: '127.0.0.1:7233',
  temporalUiUrl: 'http://127.0.0.1:8233',
};
const external = { DATABASE_URL: 'postgres://db/shop', TEMPORAL_ADDRESS: 'temporal:7233' };
const noStack = 'No stack is running here. Run earmark start, or set DATABASE_URL and TEMPORAL_ADDRESS.';

describe('The servers a command works with', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  beforeEach(async () => {
    folder = await temporaryFolder();
  });
  afterEach(() => folder.remove());

  const resolve = (env: NodeJS.ProcessEnv = {}) =>
    resolveServers(loadConfig({ EARMARK_DATA_DIR: folder.path, ...env }), 'api');

  it('are those of DATABASE_URL and TEMPORAL_ADDRESS', async () => {
    assert.deepEqual(await resolve(external), {
      databaseUrl: external.DATABASE_URL,
      temporalAddress: external.TEMPORAL_ADDRESS,
    });
  });

  it('are those of the stack that runs in the data folder', async () => {
    await publishAddresses(folder.path, stack);
    const { api, ...servers } = stack;
    assert.deepEqual(await resolve(), servers, api);
  });

  it('are partly given and partly the stack’s', async () => {
    await publishAddresses(folder.path, stack);
    assert.deepEqual(await resolve({ TEMPORAL_ADDRESS: 'temporal:7233' }), {
      databaseUrl: stack.databaseUrl,
      temporalAddress: 'temporal:7233',
    });
  });

  it('are asked for in one line when no stack runs', async () => {
    await assert.rejects(resolve(), { message: noStack });
    await assert.rejects(resolve({ DATABASE_URL: external.DATABASE_URL }), { message: noStack });
  });

  it('are not those of a stack that has stopped', async () => {
    const unpublish = await publishAddresses(folder.path, stack);
    await unpublish();
    await assert.rejects(resolve(), { message: noStack });
  });

  it('are not those of a killed stack whose pid another program has now', async () => {
    const killed = JSON.stringify({ pid: process.pid, started: 'long ago', ...stack });
    await writeFile(path.join(folder.path, 'stack.json'), killed);
    await assert.rejects(resolve(), { message: noStack });
  });
});
