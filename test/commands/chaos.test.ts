import assert from 'node:assert/strict';
import { addChaosCommand, runChaos } from '../../src/commands/chaos.ts';
import { describeError } from '../../src/commands/describe-error.ts';
import type { Role } from '../../src/domain/identity.ts';
import { StackError } from '../../src/stack/stack-error.ts';
import { startApi, type ProductWire, type TestApi } from '../support/api.ts';
import { assertBooksBalance } from '../support/books.ts';
import { runCli } from '../support/cli.ts';
import { startGuardedApi, type GuardedApi } from '../support/credentials.ts';
import { testOptions } from '../support/option-tests.ts';

const results = ['--- Chaos Test Results ---', 'Succeeded: 5', 'Failed: 45'];
const honest = 'The books balance, and everything was given back.';

describe('The chaos test', function () {
  // A hundred orders and reservations through every part at once take their time on a busy machine.
  this.timeout(90_000);
  let api: TestApi;
  before(async () => {
    api = await startApi();
    await api.startWorker();
  });
  after(() => api.stop());
  afterEach(() => assertBooksBalance(api.db));

  async function chaos(settings: {
    buyers: number;
    units: number;
    wait?: boolean;
    address?: string;
  }): Promise<string[]> {
    const lines: string[] = [];
    await runChaos({ address: api.url, print: (line) => lines.push(line), ...settings });
    return lines;
  }

  it('lets fifty buyers rush for five units: five succeed, forty-five fail, and no unit stays locked', async () => {
    assert.deepEqual(await chaos({ buyers: 50, units: 5 }), [
      '50 buyers, 5 units, POST /api/create-order/',
      ...results,
      honest,
      '50 buyers, 5 units, POST /api/reservations/',
      ...results,
      honest,
    ]);
    const { json } = await api.get<ProductWire[]>('/api/products/?q=chaos');
    assert.equal(json.data.length, 2);
    for (const { total_stock, available_stock, reserved_stock, active } of json.data) {
      assert.deepEqual(
        { total_stock, available_stock, reserved_stock },
        { total_stock: 5, available_stock: 5, reserved_stock: 0 },
      );
      assert.equal(active, false, 'nobody can buy what the test leaves behind');
    }
  });

  it('lets everybody succeed when there is enough, and nobody when there is nothing', async () => {
    assert.ok((await chaos({ buyers: 3, units: 4 })).includes('Succeeded: 3'));
    assert.ok((await chaos({ buyers: 3, units: 0 })).includes('Failed: 3'));
  });

  it('lets fifty buyers wait for five units: whoever has one gives it back, and the next five have them in the order of the list', async () => {
    const lines = await chaos({ buyers: 50, units: 5, wait: true });
    assert.deepEqual(lines.slice(-7), [
      '50 buyers, 5 units, POST /api/create-order/ with on_shortage wait',
      '--- Chaos Test Results ---',
      'Succeeded: 5',
      'Waiting: 45',
      'Cancelled: 5',
      'Served: 5',
      honest,
    ]);
  });

  it('lets nobody wait when there is enough, and all when there is nothing', async () => {
    assert.ok((await chaos({ buyers: 3, units: 4, wait: true })).includes('Waiting: 0'));
    const lines = await chaos({ buyers: 3, units: 0, wait: true });
    assert.deepEqual(lines.slice(-5), ['Succeeded: 0', 'Waiting: 3', 'Cancelled: 0', 'Served: 0', honest]);
  });

  it('is a command that ends with exit code 0', async () => {
    const { exitCode, stdout, stderr } = await runCli(['chaos', '--buyers', '7', '--units', '3', '--url', api.url]);
    assert.equal(exitCode, 0, stderr.join('\n'));
    const expected = ['--- Chaos Test Results ---', 'Succeeded: 3', 'Failed: 4'];
    assert.equal(stdout.filter((line) => expected.includes(line)).length, 6);
  });

  it('says in one line where no API answers', async () => {
    await assert.rejects(chaos({ buyers: 1, units: 1, address: 'http://127.0.0.1:1' }), (error) => {
      assert.ok(error instanceof StackError);
      assert.match(describeError(error), /^No API answers at http:\/\/127\.0\.0\.1:1\. Run earmark start, [^\n]*$/);
      return true;
    });
  });
});

testOptions(addChaosCommand, 'chaos', {
  refused: [
    ['--buyers', '0'],
    ['--buyers', '1001'],
    ['--units', '-1'],
    ['--units', 'x'],
    ['--url', 'localhost:3000'],
  ],
  named: ['--buyers <n>', '--units <n>', '--url <address>', 'default: 50', 'default: 5'],
});

describe('The chaos test of an API that asks for credentials', function () {
  this.timeout(90_000);
  let api: GuardedApi;
  before(async () => {
    api = await startGuardedApi();
    await api.startWorker();
  });
  after(() => api.stop());

  const run = async (role?: Role) => {
    const lines: string[] = [];
    const key = role && (await api.key(role)).Authorization.replace('Bearer ', '');
    const credentials = key === undefined ? {} : { key };
    await runChaos({ address: api.url, ...credentials, buyers: 3, units: 1, print: (line) => lines.push(line) });
    return lines;
  };

  it('goes ahead with the key of an admin', async () => {
    assert.equal((await run('admin')).filter((line) => line === honest).length, 2);
  });

  it('waits until it may ask again before it says that its key is the wrong one', async () => {
    const limited = await startGuardedApi({ rateLimits: { requests: 1, failures: 9, store: 'memory', window: 2 } });
    try {
      const { Authorization } = await limited.key('operator');
      await limited.get('/api/products/', { headers: { Authorization } });
      await assert.rejects(
        runChaos({ address: limited.url, key: Authorization.slice(7), buyers: 1, units: 1, print: () => undefined }),
        (error) => error instanceof StackError && error.message.endsWith('Set EARMARK_API_KEY to the key of an admin.'),
      );
    } finally {
      await limited.stop();
    }
  });

  it('sends no key to another machine in clear', async () => {
    const env = { EARMARK_API_KEY: 'earmark_secret' };
    const { exitCode, stderr } = await runCli(['chaos', '--url', 'http://shop.example'], env);
    assert.equal(exitCode, 1);
    assert.deepEqual(stderr, [
      'earmark: EARMARK_API_KEY would be sent to shop.example in clear. Name an https address with --url.',
    ]);
  });

  for (const [whose, role] of [
    ['none', undefined],
    ["an operator's", 'operator'],
  ] as const) {
    it(`says in one line which key it takes when it has ${whose}, and touches nothing`, async () => {
      const before = await api.db('products').count();
      await assert.rejects(
        run(role),
        (error) => error instanceof StackError && error.message.endsWith('Set EARMARK_API_KEY to the key of an admin.'),
      );
      assert.deepEqual(await api.db('products').count(), before);
    });
  }
});
