import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { loadConfig } from '../../src/config.ts';
import type { DatabaseRole } from '../../src/persistence/privileges.ts';
import { publishAddresses, resolveDatabase, resolveOwner, resolveServers } from '../../src/stack/addresses.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const stack = {
  api: 'http://127.0.0.1:3000',
  databaseUrl: 'postgres://earmark@127.0.0.1:54329/earmark',
  temporalAddress: '127.0.0.1:7233',
  temporalUiUrl: 'http://127.0.0.1:8233',
};
const roleUrls = {
  apiDatabaseUrl: 'postgres://earmark_api@127.0.0.1:54329/earmark',
  workerDatabaseUrl: 'postgres://earmark_worker@127.0.0.1:54329/earmark',
};
const external = { DATABASE_URL: 'postgres://db/shop', TEMPORAL_ADDRESS: 'temporal:7233' };
const noStack = 'No stack is running here. Run earmark start, or set DATABASE_URL and TEMPORAL_ADDRESS.';

describe('The servers a command works with', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  beforeEach(async () => {
    folder = await temporaryFolder();
  });
  afterEach(() => folder.remove());

  const configOf = (env: NodeJS.ProcessEnv = {}) => loadConfig({ EARMARK_DATA_DIR: folder.path, ...env });
  const resolve = (env?: NodeJS.ProcessEnv, role: DatabaseRole = 'api') => resolveServers(configOf(env), role);

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

  describe('as a role of the database', () => {
    const given = {
      EARMARK_API_DATABASE_URL: 'postgres://api@db/shop',
      EARMARK_WORKER_DATABASE_URL: 'postgres://worker@db/shop',
    };

    it('are those of its own URL, also without DATABASE_URL', async () => {
      const { TEMPORAL_ADDRESS } = external;
      for (const env of [
        { ...given, TEMPORAL_ADDRESS },
        { ...given, ...external },
      ]) {
        assert.equal((await resolve(env, 'api')).databaseUrl, given.EARMARK_API_DATABASE_URL);
        assert.equal((await resolve(env, 'worker')).databaseUrl, given.EARMARK_WORKER_DATABASE_URL);
        assert.equal(await resolveDatabase(configOf(env), 'worker'), given.EARMARK_WORKER_DATABASE_URL);
      }
    });

    it('are those of the stack, each with the role of its own, and nothing else of it', async () => {
      await publishAddresses(folder.path, { ...stack, ...roleUrls });
      const { api, ...servers } = stack;
      assert.deepEqual(await resolve({}, 'api'), { ...servers, databaseUrl: roleUrls.apiDatabaseUrl }, api);
      assert.deepEqual(await resolve({}, 'worker'), { ...servers, databaseUrl: roleUrls.workerDatabaseUrl });
      assert.equal(await resolveDatabase(configOf(), 'api'), roleUrls.apiDatabaseUrl);
    });

    it('are the owner’s where a stack has no roles, as one of a version before them', async () => {
      await publishAddresses(folder.path, stack);
      for (const role of ['api', 'worker'] as const) {
        assert.equal((await resolve({}, role)).databaseUrl, stack.databaseUrl);
        assert.equal(await resolveDatabase(configOf(), role), stack.databaseUrl);
      }
    });

    it('are those of DATABASE_URL and not of the stack, when that is given alone', async () => {
      await publishAddresses(folder.path, { ...stack, ...roleUrls });
      assert.equal((await resolve(external, 'worker')).databaseUrl, external.DATABASE_URL);
    });

    it('are told to the owner together, from the environment or from the stack, and never mixed', async () => {
      await publishAddresses(folder.path, { ...stack, ...roleUrls });
      assert.deepEqual(await resolveOwner(configOf(external)), { databaseUrl: external.DATABASE_URL });
      assert.deepEqual(await resolveOwner(configOf(given)), { databaseUrl: stack.databaseUrl, ...roleUrls });
    });

    it('are asked for in one line when no stack runs', async () => {
      await assert.rejects(resolveDatabase(configOf(), 'api'), { message: noStack });
      await assert.rejects(resolveOwner(configOf(given)), { message: noStack });
    });
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
