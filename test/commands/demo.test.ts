import assert from 'node:assert/strict';
import path from 'node:path';
import { addDemoCommand } from '../../src/commands/demo.ts';
import { describeError } from '../../src/commands/describe-error.ts';
import { loadConfig } from '../../src/config.ts';
import { runCli } from '../support/cli.ts';
import { parseCommand } from '../support/command.ts';
import { send } from '../support/http.ts';
import { startStackOnFreePorts } from '../support/stack-process.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { until } from '../support/until.ts';

describe('earmark demo', function () {
  // A whole stack, a small shop, and a few seconds of shoppers.
  this.timeout(240_000);
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  before(async () => {
    folder = await temporaryFolder();
  });
  after(() => folder.remove());

  const start = (name: string, ...args: string[]) =>
    startStackOnFreePorts(path.join(folder.path, name), {}, ['demo', ...args]);

  it('fills a shop, lets shoppers in, says where to look, and stays up until Ctrl-C', async () => {
    const { stack, env } = await start('busy', '--minutes', '0.2');
    const said = (text: RegExp) => stack.lines().some((line) => text.test(line));
    await until(() => said(/^The busy minutes are over\. The stack stays up; Ctrl-C stops it\.$/), 180_000);

    assert.ok(said(/^Products +20 in 4 warehouses$/), stack.lines().join('\n'));
    for (const place of ['Console', 'Docs', 'Temporal Web UI'])
      assert.ok(said(new RegExp(`^  ${place} +http://127`)), place);
    assert.ok(!said(/Warning/), stack.lines().join('\n'));
    const bought = Number(
      stack
        .lines()
        .find((line) => line.startsWith('In all: '))
        ?.match(/(\d+) ordered/)?.[1],
    );
    assert.ok(bought > 0, stack.lines().join('\n'));
    const { json } = await send<{ actor: string }[]>(
      stack.addresses.api,
      'GET',
      '/api/audit-log/?action=ORDER_CREATED&limit=100',
    );
    const shoppers = json.data.filter(({ actor }) => actor.startsWith('shopper:'));
    assert.ok(shoppers.length >= bought, `${shoppers.length} of ${bought} ordered`);

    const verified = await runCli(['verify'], env);
    assert.equal(verified.exitCode, 0, verified.stdout.join('\n'));
    assert.equal(await stack.end('SIGINT'), 0);
    assert.equal(stack.lines().at(-1), 'Stopped.');
    assert.deepEqual(stack.survivors(), []);
  });

  it('ends in order by a Ctrl-C in the middle of it', async () => {
    const { stack } = await start('broken-off', '--minutes', '5');
    await until(() => stack.lines().includes('Filling a small shop …'), 60_000);
    assert.equal(await stack.end('SIGINT'), 0, stack.lines().join('\n'));
    assert.deepEqual(stack.lines().slice(-2), ['Stopping …', 'Stopped.']);
    assert.deepEqual(stack.survivors(), []);
  });

  it('has a data folder of its own, unless one is set', () => {
    const defaults = { dataDir: '.earmark-demo' };
    assert.equal(loadConfig({}, defaults).dataDir, path.resolve('.earmark-demo'));
    assert.equal(loadConfig({ EARMARK_DATA_DIR: '/elsewhere' }, defaults).dataDir, '/elsewhere');
    assert.equal(loadConfig({}).dataDir, path.resolve('.earmark'));
  });

  it('takes minutes, also a part of one, and nothing else', async () => {
    for (const minutes of ['-1', 'x', '10081', '1e3']) {
      const { error } = await parseCommand(addDemoCommand, 'demo', '--minutes', minutes);
      assert.ok(error instanceof Error, minutes);
      assert.match(describeError(error), /^[^\n]+$/);
    }
    const { output } = await parseCommand(addDemoCommand, 'demo', '--help');
    assert.match(output, /--minutes <n>/);
    assert.match(output, /\.earmark-demo/);
  });
});
