import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { closedLoop, openLoop, sendAll } from '../../bench/load.ts';
import { percentile, quantiles } from '../../bench/percentiles.ts';
import { Shop } from '../../bench/shop.ts';

describe('percentiles', () => {
  it('are values that were measured, by their rank', () => {
    const hundred = Array.from({ length: 100 }, (_, n) => 100 - n);
    assert.deepEqual(quantiles(hundred), { p50: 50, p95: 95, p99: 99 });
    assert.equal(percentile([3, 1, 2], 0.5), 2);
    assert.equal(percentile([1, 2, 3, 4], 0.5), 2);
    assert.equal(
      percentile(
        Array.from({ length: 20 }, (_, n) => n + 1),
        0.95,
      ),
      19,
    );
    assert.equal(percentile([7], 0.99), 7);
  });

  it('of nothing are nothing', () => {
    assert.deepEqual(quantiles([]), { p50: null, p95: null, p99: null });
  });
});

describe('the load generator', () => {
  let server: Server;
  let shop: Shop;
  /** Milliseconds for which the server answers nobody; then it answers all at once. */
  let stall = Promise.resolve();
  let status = 200;
  let working = 0;
  let most = 0;

  before(async () => {
    server = createServer((request, response) => {
      most = Math.max(most, ++working);
      request.resume().on('end', () => {
        void stall.then(() => {
          working -= 1;
          response.writeHead(status).end('{}');
        });
      });
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    shop = new Shop(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  });

  beforeEach(() => {
    stall = Promise.resolve();
    status = 200;
    most = 0;
  });

  after(async () => {
    shop.close();
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });

  const send = async () => (await shop.post('/', {})).status;
  const isGood = (of: number) => of === 200;

  it('at a fixed rate charges a stall to every request that was to be sent meanwhile', async () => {
    const stallMs = 400;
    stall = delay(stallMs);
    const { done, p50, p99 } = await openLoop(send, isGood, 100, { warmUpMs: 0, measureMs: stallMs });
    // A generator that waits for answers would have sent one, and found one slow answer among many fast ones.
    assert.equal(done, 40);
    assert.ok(p50 !== null && p50 >= stallMs / 2 - 20, `p50 is ${p50}`);
    assert.ok(p99 !== null && p99 >= stallMs - 50, `p99 is ${p99}`);
  });

  it('at a fixed rate counts from the intended moment also when the generator itself was late', async () => {
    const busyMs = 200;
    const measuring = openLoop(send, isGood, 100, { warmUpMs: 0, measureMs: 300 });
    const from = performance.now();
    while (performance.now() - from < busyMs);
    const { done, p95 } = await measuring;
    assert.equal(done, 30);
    assert.ok(p95 !== null && p95 >= busyMs / 2, `p95 is ${p95}`);
  });

  it('keeps as many in flight as it is told', async () => {
    stall = delay(100);
    await closedLoop(send, isGood, 5, { warmUpMs: 0, measureMs: 50 });
    assert.equal(most, 5);
  });

  it('drops what was answered in the warm-up', async () => {
    stall = delay(60);
    const { done, p99 } = await closedLoop(send, isGood, 1, { warmUpMs: 100, measureMs: 200 });
    assert.ok(done > 0);
    assert.ok(p99 !== null && p99 < 60, `p99 is ${p99}: the slow first answer is in it`);
  });

  it('counts no bad answer as done, and none of its latency', async () => {
    status = 503;
    const { done, failed, perSecond, p50, statuses } = await closedLoop(send, isGood, 2, {
      warmUpMs: 0,
      measureMs: 50,
    });
    assert.deepEqual([done, perSecond, p50], [0, 0, null]);
    assert.ok(failed > 0);
    assert.equal(statuses[503], failed);
  });

  it('sends exactly as many as it is told', async () => {
    const answers = await sendAll(send, 25, 8);
    assert.equal(answers.length, 25);
    assert.ok(most <= 8);
  });
});
