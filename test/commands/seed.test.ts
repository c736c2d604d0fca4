import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describeError } from '../../src/commands/describe-error.ts';
import { addSeedCommand, runSeed } from '../../src/commands/seed.ts';
import { planShop } from '../../src/commands/seed/plan.ts';
import { Progress } from '../../src/commands/seed/progress.ts';
import { environmentWith } from '../../src/config.ts';
import { StackError } from '../../src/stack/stack-error.ts';
import { entry } from '../support/entry.ts';
import { startApi, type OrderWire, type ProductWire, type TestApi, type WarehouseWire } from '../support/api.ts';
import { assertBooksBalance } from '../support/books.ts';
import { scriptedApi } from '../support/scripted-api.ts';
import { testOptions } from '../support/option-tests.ts';
import { until } from '../support/until.ts';

const size = { products: 8, orders: 40, seed: 7 };
const silent = { write: () => undefined };

/** Fills a shop. @returns what is said in the end */
async function seed(address: string, options: Partial<typeof size> = {}, signal = new AbortController().signal) {
  const lines: string[] = [];
  const print = (line: string) => void lines.push(line);
  await runSeed({ address, inFlight: 8, signal, print, output: silent, ...size, ...options });
  return lines;
}

const count = async (api: TestApi, table: string): Promise<number> =>
  Number(((await api.db(table).count()) as [{ count: string }])[0].count);

/** The number of a summary's line that has these words. */
const told = (lines: readonly string[], words: RegExp): number => Number(words.exec(lines.join('\n'))?.[1] ?? 0);

describe('A shop that earmark seed has filled', function () {
  this.timeout(120_000);
  let api: TestApi;
  let lines: string[];
  let orders: OrderWire[];
  before(async () => {
    api = await startApi();
    await api.startWorker();
    lines = await seed(api.url);
    orders = (await api.get<OrderWire[]>('/api/orders/?limit=100')).json.data;
  });

  after(async () => {
    await assertBooksBalance(api.db);
    await api.stop();
  });

  it('has products in four warehouses, some of them sold out and a third with a threshold', async () => {
    const products = (await api.get<ProductWire[]>('/api/products/?limit=100')).json.data;
    assert.equal(products.length, 8);
    assert.ok(products.some(({ available_stock }) => available_stock === 0));
    assert.ok(products.some(({ stock }) => stock.filter(({ total }) => total > 0).length > 1));
    const thresholds = products.filter(({ low_stock_threshold }) => low_stock_threshold !== null);
    assert.equal(thresholds.length, 3);
    const warehouses = (await api.get<WarehouseWire[]>('/api/warehouses/')).json.data;
    assert.equal(warehouses.length, 4);
    assert.equal(new Set(warehouses.map(({ region, priority }) => `${region} ${priority}`)).size, 4);
  });

  it('has orders in every state, partial ones, returns, references and several lines', async () => {
    const states = new Set<string>(
      orders.map(({ status, cancel_reason, waiting }) => (waiting ? 'waiting' : (cancel_reason ?? status))),
    );
    const all = ['pending', 'waiting', 'confirmed', 'processing', 'shipped', 'delivered', 'requested', 'expired'];
    assert.deepEqual(
      all.filter((state) => !states.has(state)),
      [],
    );
    const partial = orders.filter(
      ({ waiting, lines }) => !waiting && lines.some((line) => line.reserved_quantity < line.ordered_quantity),
    );
    assert.equal(partial.length, 2);
    assert.equal(await count(api, 'returns'), 2);
    assert.ok(orders.some(({ reference }) => reference?.startsWith('WEB-')));
    assert.ok(orders.some(({ lines }) => lines.length > 1));
    assert.equal(Number((await api.db('reservations').whereNull('order_id').count())[0]?.['count']), 2);
  });

  it('is told of in the end', () => {
    assert.match(lines[0] ?? '', /^Products +8 in 4 warehouses$/);
    const refused = told(lines, /(\d+) refused \(/);
    assert.equal(orders.length, size.orders - refused);
    for (const status of ['pending', 'waiting', 'delivered'] as const) {
      const there = orders.filter((order) => (order.waiting ? 'waiting' : order.status) === status);
      assert.equal(told(lines, new RegExp(`(\\d+) ${status}`)), there.length, status);
    }
  });

  it('is not filled again', async () => {
    const before = await count(api, 'audit_log');
    assert.match(
      (await seed(api.url)).join('\n'),
      /^This shop is there already: 8 products and 40 orders of the seed 7\. Nothing was done\./,
    );
    assert.equal(await count(api, 'audit_log'), before);
  });
});

describe('earmark seed', function () {
  // Hundreds of requests through every part take their time on a busy machine.
  this.timeout(120_000);
  let api: TestApi;
  before(async () => {
    api = await startApi();
    await api.startWorker();
  });
  after(() => api.stop());
  afterEach(() => assertBooksBalance(api.db));

  it('goes on where it was broken off, and does nothing twice', async () => {
    const [before, started] = [await count(api, 'orders'), await count(api, 'products')];
    const stop = new AbortController();
    const broken = seed(api.url, { seed: 8 }, stop.signal);
    const rejected = assert.rejects(broken, (error) => error === stop.signal.reason);
    await until(async () => (await count(api, 'orders')) > before + 5, 60_000);
    stop.abort();
    await rejected;
    const between = (await count(api, 'orders')) - before;
    assert.ok(between < size.orders - 5, 'it was broken off early');

    const lines = await seed(api.url, { seed: 8 });
    assert.equal((await count(api, 'products')) - started, size.products);
    assert.equal((await count(api, 'orders')) - before, size.orders - told(lines, /(\d+) refused \(/));
  });

  it('ends by Ctrl-C with a line that says how to go on', async () => {
    const before = await count(api, 'orders');
    const args = [...entry(), 'seed', '--products', '8', '--orders', '400', '--seed', '9', '--url', api.url];
    const child = spawn(process.execPath, args, { env: environmentWith({}), stdio: ['ignore', 'pipe', 'inherit'] });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    const exit = once(child, 'exit');
    await until(async () => (await count(api, 'orders')) > before, 60_000);
    child.kill('SIGINT');
    await exit;
    assert.equal(child.exitCode, 130, output);
    assert.match(output, /^Stopped\. Run the same command again: it goes on where this one ended\.$/m);
  });

  it('says in one line what an API answers that cannot go on, and that it can be run again', async () => {
    const broken = await scriptedApi(({ method, path }) => {
      if (method === 'GET') return { status: 200, body: { data: [] } };
      return path === '/api/warehouses/' ? { status: 500, body: { code: 'internal', detail: 'Sorry.' } } : 'lost';
    });
    try {
      await assert.rejects(seed(broken.url), (error) => {
        assert.ok(error instanceof StackError);
        assert.match(
          describeError(error),
          /^The API answers POST \/api\/warehouses\/ with 500 internal Sorry\. Run the same command again [^\n]*$/,
        );
        return true;
      });
    } finally {
      await broken.close();
    }
  });
});

describe('The plan of a shop', () => {
  it('is the same for the same seed, and another for another', async () => {
    const [first, again, other] = [await planShop(size), await planShop(size), await planShop({ ...size, seed: 8 })];
    assert.deepEqual(first, again);
    assert.notDeepEqual(first.products, other.products);
    const keys = ({ products, orders, reservations }: typeof first) =>
      [...products, ...orders, ...reservations].map(({ key }) => key);
    assert.equal(new Set([...keys(first), ...keys(other)]).size, 2 * (8 + 40 + 2), 'no two requests have the same key');
    assert.equal(new Set([...first.products, ...other.products].map(({ sku }) => sku)).size, 16);
  });

  it('with more orders begins with that of fewer, so that a shop can grow', async () => {
    const [small, large] = [await planShop(size), await planShop({ ...size, orders: 90 })];
    assert.deepEqual(large.products, small.products);
    assert.deepEqual(large.orders.slice(0, 39), small.orders.slice(0, 39));
    assert.notEqual(large.orders[39]?.key, small.orders[39]?.key, 'the last one is of its own');
  });
});

describe('The progress of a long work', () => {
  const written = (
    isTTY: boolean,
  ): { readonly progress: Progress; readonly output: string[]; readonly wait: (ms: number) => void } => {
    const output: string[] = [];
    let time = 0;
    const stream = { isTTY, write: (text: string) => void output.push(text) };
    return {
      progress: new Progress({ total: 40, output: stream, now: () => time }),
      output,
      wait: (ms) => void (time += ms),
    };
  };

  it('is a line for each tenth where nobody watches', () => {
    const { progress, output, wait } = written(false);
    for (let step = 0; step < 10; step++) {
      wait(500);
      progress.advance();
    }
    assert.deepEqual(output, [
      '10 %: 4 of 40 steps, 2.0 a second, 18 s left\n',
      '20 %: 8 of 40 steps, 2.0 a second, 16 s left\n',
    ]);
  });

  it('is one line that changes on a terminal, and goes away', () => {
    const { progress, output, wait } = written(true);
    for (const ms of [1000, 1, 1000]) {
      wait(ms);
      progress.advance();
    }
    progress.clear();
    assert.deepEqual(output, [
      '\r\x1b[K2 %: 1 of 40 steps, 1.0 a second, 39 s left',
      '\r\x1b[K7 %: 3 of 40 steps, 1.5 a second, 25 s left',
      '\r\x1b[K',
    ]);
  });
});

testOptions(addSeedCommand, 'seed', {
  refused: [
    ['--products', '7'],
    ['--orders', 'x'],
    ['--seed', '-1'],
    ['--in-flight', '65'],
    ['--url', 'localhost'],
  ],
  named: ['--products <n>', '--orders <n>', '--seed <n>', '--in-flight <n>', '--url <address>'],
});
