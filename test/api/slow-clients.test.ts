import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { createOrder, createProduct, startApi, type OrderWire, type TestApi } from '../support/api.ts';
import { dial } from '../support/wire.ts';
import { until } from '../support/until.ts';

const post = 'POST /api/create-order/ HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n';
const get = (address: string): string => `GET ${address} HTTP/1.1\r\nHost: localhost\r\n\r\n`;

describe('Callers that are slow on purpose', function () {
  this.timeout(60_000);
  let api: TestApi;
  const sockets: Socket[] = [];
  /** Sends a byte now and then on those that are open, so that they are never silent. */
  let dripping: NodeJS.Timeout | undefined;
  afterEach(async () => {
    clearInterval(dripping);
    for (const socket of sockets.splice(0)) socket.destroy();
    await api.stop();
  });

  /** So many connections that send some bytes and then do nothing more; what comes back is read unless `deaf`. */
  async function open(count: number, bytes: string, { deaf = false } = {}): Promise<Socket[]> {
    const opened = await Promise.all(Array.from({ length: count }, () => dial(api.url, bytes)));
    for (const socket of opened) {
      socket.on('error', () => undefined);
      if (!deaf) socket.resume();
    }
    sockets.push(...opened);
    return opened;
  }

  it('hold nobody up: 300 of them, and all others are answered; then all 300 are gone', async () => {
    api = await startApi({ limits: { headers: 12_000, request: 12_000, keepAlive: 500, silence: 15_000, check: 100 } });
    await api.startWorker();
    const { id: product_id } = await createProduct(api);
    const slow = [
      ...(await open(100, '')),
      ...(await open(100, 'GET /api/products/ HTTP/1.1\r\nHost: localhost\r\nX-Slow: ')),
      ...(await open(100, `${post}Content-Length: 100\r\n\r\n{"product_id": "`)),
    ];
    const dripped = slow.slice(100, 200);
    dripping = setInterval(() => {
      for (const socket of dripped) if (socket.writable) socket.write('x');
    }, 100);
    await until(async () => (await api.connections()) >= 300);

    const orders: OrderWire[] = [];
    // No more at once than the gate lets through: whom it turns away on a busy machine has nothing to do with slow callers.
    for (let wave = 0; wave < 4; wave++) {
      const placed = Array.from({ length: 5 }, () => createOrder(api, { product_id, quantity: 1 }));
      orders.push(...(await Promise.all(placed)));
    }
    const confirmed = await Promise.all(
      orders.map(({ id }) => api.post<OrderWire>(`/api/orders/${id}/transition/`, { new_status: 'confirmed' })),
    );
    const read = await Promise.all(Array.from({ length: 50 }, () => api.get(`/api/products/${product_id}/`)));
    assert.deepEqual([...new Set(confirmed.map(({ status }) => status))], [200]);
    assert.deepEqual([...new Set(read.map(({ status }) => status))], [200]);
    // They were there all the while.
    assert.equal(slow.filter((socket) => socket.closed).length, 0);

    await until(() => slow.every((socket) => socket.closed), 20_000);
    await until(async () => (await api.connections()) === 0);
    assert.equal((await api.get('/api/products/')).status, 200);
  });

  it('that never read their answer are hung up on, however much of it is left', async () => {
    // Silence would end them as well, only much later than this test goes on.
    api = await startApi({ limits: { keepAlive: 4_000, answer: 4_000, silence: 600_000, check: 100 } });
    await open(25, get('/api/products/'), { deaf: true });
    // More than fits into what the systems of both sides keep of a connection.
    await open(25, get('/openapi.json').repeat(32), { deaf: true });
    await until(async () => (await api.connections()) >= 50);
    assert.equal((await api.get('/livez')).status, 200);
    await until(async () => (await api.connections()) === 0, 20_000);
  });

  it('that send more requests on one connection than they read answers of are hung up on', async () => {
    api = await startApi({ limits: { pipelined: 8 } });
    const [eight, nine] = [
      await dial(api.url, get('/livez').repeat(8)),
      connect(Number(new URL(api.url).port), '127.0.0.1'),
    ];
    sockets.push(eight, nine);
    let answers = '';
    eight.on('data', (chunk: Buffer) => (answers += chunk.toString()));
    await until(() => answers.split('HTTP/1.1 200').length === 9);
    // One after the other they may be as many as somebody likes.
    eight.write(get('/livez'));
    await until(() => answers.split('HTTP/1.1 200').length === 10);

    nine.on('error', () => undefined);
    const closed = once(nine, 'close');
    nine.write(get('/openapi.json').repeat(9));
    await closed;
  });

  it('find no room beyond so many connections, and those who are there are served', async () => {
    api = await startApi({ limits: { connections: 10 } });
    const [first] = await open(10, '');
    await until(async () => (await api.connections()) === 10);
    const [turnedAway] = await open(1, get('/livez'));
    await until(() => turnedAway?.closed === true);
    let answer = '';
    first?.on('data', (chunk: Buffer) => (answer += chunk.toString()));
    first?.write(get('/livez'));
    await until(() => answer.startsWith('HTTP/1.1 200'));
    first?.destroy();
    await until(async () => (await api.get('/livez').catch(() => undefined))?.status === 200);
  });
});
