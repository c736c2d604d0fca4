import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { OrderWire, ProductWire } from '../support/api.ts';
import { textsIn, textsInFiles } from '../support/canary.ts';
import { runCli, type CliRun } from '../support/cli.ts';
import { environmentNames } from '../support/environment-names.ts';
import { send } from '../support/http.ts';
import { startStackOnFreePorts, startStackProcess, type StackProcess } from '../support/stack-process.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { until } from '../support/until.ts';

const canary = (): string => randomBytes(24).toString('hex');

describe('Secrets', function () {
  this.timeout(180_000);
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let stack: StackProcess | undefined;
  before(async () => {
    folder = await temporaryFolder();
  });
  after(async () => {
    await stack?.end('SIGTERM');
    await folder.remove();
  });

  it('are in no file of the data folder and in nothing that is printed, whether what they were used for succeeded or failed', async () => {
    const dataDir = path.join(folder.path, 'data');
    const printed: string[] = [];
    const temporalKey = `tmprl${canary()}`;
    const variables = { TEMPORAL_API_KEY: temporalKey, LOG_LEVEL: 'trace' };
    const opened = await startStackOnFreePorts(dataDir, variables);
    stack = opened.stack;
    const { env } = opened;
    const run = async (args: readonly string[], more: Record<string, string> = {}): Promise<CliRun> => {
      const result = await runCli(args, { ...env, ...more });
      printed.push(...result.stderr, ...(args[1] === 'create' ? [] : result.stdout));
      return result;
    };
    const keyOf = async (role: string, name: string): Promise<string> => {
      const { exitCode, stdout } = await run(['keys', 'create', '--role', role, '--name', name]);
      assert.equal(exitCode, 0);
      return stdout[0] ?? '';
    };
    const [operator, admin] = [await keyOf('operator', 'till'), await keyOf('admin', 'office')];
    await stack.end('SIGTERM');
    printed.push(...stack.lines());

    // Now with credentials: the key of an admin is also what chaos calls the API with.
    stack = await startStackProcess({ ...env, EARMARK_AUTH: 'required', EARMARK_API_KEY: admin });
    const { api } = stack.addresses;
    const [wrongKey, wrongToken, text, password] = [
      `earmark_aaaaaaaaaaaa_${randomBytes(32).toString('base64url')}`,
      `eyJhbGciOiJSUzI1NiJ9.${canary()}.${canary()}`,
      `reason ${canary()}`,
      canary(),
    ];
    const idempotencyKeys: string[] = [];
    const ask = async <Data>(method: string, to: string, body?: unknown, bearer = operator) => {
      const key = canary();
      if (method !== 'GET') idempotencyKeys.push(key);
      const headers = { Authorization: `Bearer ${bearer}`, ...(method === 'GET' ? {} : { 'Idempotency-Key': key }) };
      const reply = await send<Data>(api, method, to, { body, headers });
      printed.push(reply.text);
      return reply;
    };

    // What succeeds.
    const product = (
      await ask<ProductWire>('POST', '/api/products/', { name: 'Lamp', price: '1.00', total_stock: 9 }, admin)
    ).json.data;
    const order = (await ask<OrderWire>('POST', '/api/create-order/', { product_id: product.id, quantity: 2 })).json
      .data;
    const cancelled = await ask('POST', `/api/orders/${order.id}/transition/`, {
      new_status: 'cancelled',
      reason: text,
    });
    assert.equal(cancelled.status, 200, cancelled.text);
    const madeKey = await send<{ readonly key: string }>(api, 'POST', '/api/keys/', {
      body: { name: 'made', role: 'viewer' },
      headers: { Authorization: `Bearer ${admin}`, 'Idempotency-Key': canary() },
    });
    assert.equal(madeKey.status, 201, madeKey.text);

    // What fails: credentials, bodies, states, sizes.
    for (const bearer of [wrongKey, wrongToken])
      assert.equal((await ask('GET', '/api/products/', undefined, bearer)).status, 401);
    assert.equal((await ask('POST', '/api/create-order/', { product_id: product.id, quantity: 0 })).status, 400);
    assert.equal((await ask('POST', '/api/create-order/', '{"product_id": ')).status, 400);
    assert.equal((await ask('POST', '/api/create-order/', { product_id: product.id, quantity: 999 })).status, 409);
    assert.equal((await ask('POST', '/api/products/', { name: 'Lamp', price: '1.00' })).status, 403);
    assert.equal((await ask('POST', `/api/orders/${order.id}/transition/`, { new_status: 'shipped' })).status, 409);

    // What fails since the database is gone: its process is killed, and comes back under supervision.
    const pidFile = path.join(dataDir, 'postgres', 'postmaster.pid');
    process.kill(Number((await readFile(pidFile, 'utf8')).split('\n')[0]), 'SIGKILL');
    const statuses = new Set<number>();
    await until(async () => {
      statuses.add(
        (await ask('POST', '/api/products/', { name: 'Lamp', price: '1.00', total_stock: 1 }, admin)).status,
      );
      statuses.add((await ask('POST', '/api/create-order/', { product_id: product.id, quantity: 1 })).status);
      return statuses.has(503);
    }, 30_000);
    await until(async () => (await fetch(`${api}/readyz`)).status === 200, 60_000);
    await until(async () => (await ask('GET', '/api/products/')).status === 200, 30_000);

    // Nor were the servers, which are not ours, and the worker started with them.
    if (process.platform === 'linux') {
      const pidFiles = { postgres: pidFile, temporal: path.join(dataDir, 'temporal', 'temporal.db.pid') };
      const [postgresPid = ''] = (await readFile(pidFiles.postgres, 'utf8')).split('\n');
      const { pid: temporalPid } = JSON.parse(await readFile(pidFiles.temporal, 'utf8')) as { readonly pid: number };
      for (const pid of [Number(postgresPid), temporalPid]) {
        const names = await environmentNames(pid);
        assert.ok(names.includes('PATH'));
        assert.deepEqual(
          names.filter((name) => /^(EARMARK_|TEMPORAL_|DATABASE_URL$)/.test(name)),
          [],
        );
      }
      const ofWorker = await environmentNames(stack.workerPid());
      assert.ok(ofWorker.includes('EARMARK_DATA_DIR'));
      for (const name of ['EARMARK_API_KEY', 'DATABASE_URL', 'EARMARK_AUTH']) assert.ok(!ofWorker.includes(name), name);
    }

    // Commands, among them those that are given a password they fail with.
    const { exitCode, stdout } = await run(['chaos', '--buyers', '5', '--units', '2'], { EARMARK_API_KEY: admin });
    assert.equal(exitCode, 0, stdout.join('\n'));
    assert.equal((await run(['verify'])).exitCode, 0);
    assert.equal((await run(['keys', 'list'])).exitCode, 0);
    const { port } = new URL(stack.addresses.databaseUrl);
    for (const url of [
      `mysql://earmark:${password}@db/shop`,
      `postgres://nobody:${password}@127.0.0.1:${port}/earmark`,
      `postgres://earmark:${password}@127.0.0.1:${port}/no-such-database`,
      `postgres://earmark:${password}@no-such-host.invalid/earmark`,
    ]) {
      assert.equal((await run(['verify'], { DATABASE_URL: url })).exitCode, 1, url);
    }
    const unreachable = { DATABASE_URL: `postgres://earmark:${password}@127.0.0.1:1/earmark` };
    assert.equal((await run(['keys', 'list'], unreachable)).exitCode, 1);
    assert.equal((await run(['migrate'], unreachable)).exitCode, 1);
    assert.equal((await run(['chaos'], { EARMARK_API_KEY: wrongKey })).exitCode, 1);

    assert.equal(await stack.end('SIGTERM'), 0);
    printed.push(...stack.lines());
    stack = undefined;

    const secretOf = (key: string): string => key.split('_').slice(2).join('_');
    const secrets = [
      ...[operator, admin, wrongKey, madeKey.json.data.key].map(secretOf),
      ...wrongToken.split('.').slice(1),
      temporalKey,
      password,
      ...idempotencyKeys,
    ];
    for (const secret of secrets) assert.ok(secret.length >= 24);
    const { found, files } = await textsInFiles(dataDir, [...secrets, text]);
    assert.deepEqual(
      found.filter((one) => one.text !== text),
      [],
    );
    assert.deepEqual(textsIn(Buffer.from(printed.join('\n')), 'printed', secrets), []);

    // It was looked where things are: what was said with the cancellation is there in both databases, and the logs tell of the failures.
    const places = found.filter((one) => one.text === text).map(({ where }) => where.split(path.sep)[0] ?? '');
    assert.deepEqual([...new Set(places)].toSorted(), ['postgres', 'temporal']);
    for (const log of ['api', 'worker', 'postgres', 'temporal'])
      assert.ok(files.includes(path.join('logs', `${log}.log`)), log);
    assert.match(await readFile(path.join(dataDir, 'logs', 'postgres.log'), 'utf8'), /no-such-database/);
    assert.match(await readFile(path.join(dataDir, 'logs', 'api.log'), 'utf8'), /"status":503/);
    assert.match(await readFile(path.join(dataDir, 'logs', 'api.log'), 'utf8'), /"status":401/);
  });
});
