import assert from 'node:assert/strict';
import { StackError } from '../../src/stack/stack-error.ts';
import { runCli } from '../support/cli.ts';
import { startStackOnFreePorts, startStackProcess, type StackProcess } from '../support/stack-process.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

describe('A stack that is to be reached by others', function () {
  // It starts three times.
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

  it('takes a key that was made at home, and nobody without one', async () => {
    const { stack: atHome, env } = await startStackOnFreePorts(folder.path);
    stack = atHome;
    await stack.end('SIGTERM');

    const open = { ...env, EARMARK_HOST: '0.0.0.0' };
    await assert.rejects(
      startStackProcess(open),
      (error) => error instanceof StackError && /earmark keys create --role admin/.test(error.message),
    );

    stack = await startStackProcess(env);
    const made = await runCli(['keys', 'create', '--role', 'operator', '--name', 'web-shop'], env);
    assert.equal(made.exitCode, 0, made.stderr.join());
    await stack.end('SIGTERM');

    stack = await startStackProcess(open);
    assert.ok(stack.lines().some((line) => / Access +with credentials$/.test(line)));
    const url = `http://127.0.0.1:${env['PORT']}`;
    const ask = (path: string, init: RequestInit = {}) => fetch(`${url}${path}`, init);
    const withKey = { Authorization: `Bearer ${made.stdout.join()}` };
    assert.equal((await ask('/api/orders/')).status, 401);
    assert.equal((await ask('/api/orders/', { headers: withKey })).status, 200);
    assert.equal((await ask('/api/warehouses/', { method: 'POST', headers: withKey })).status, 403);
    assert.equal((await ask('/readyz')).status, 200);
    assert.equal(await stack.end('SIGTERM'), 0);
    assert.deepEqual(stack.survivors(), []);
  });
});
