import assert from 'node:assert/strict';
import { queue, type QueueResult } from '../../../src/commands/chaos/queue.ts';
import { ShopApi } from '../../../src/commands/shop/shop-api.ts';
import { scriptedApi } from '../../support/scripted-api.ts';

/** A shop of two units with a waiting list, and a say in who is served when a unit comes back. */
interface Shop {
  /** The place in the list, from 0, of whoever is served next; undefined serves nobody. */
  readonly serves?: (list: readonly string[]) => number | undefined;
  /** Units that go to whoever comes although there are none. */
  readonly oversells?: number;
}

/** Lets six buyers wait for two units. */
async function queueOn({ serves = () => 0, oversells = 0 }: Shop): Promise<QueueResult> {
  const total = 2;
  const held = new Map<string, number>();
  let list: string[] = [];
  let [buyers, clock] = [0, 0];
  const hold = (id: string) => held.set(id, (clock += 1_000));
  const order = (id: string) => {
    const position = list.indexOf(id) + 1;
    const expires_at = position > 0 ? null : new Date(held.get(id) ?? 0).toISOString();
    return { data: { id, waiting: position > 0 ? { position } : null, expires_at } };
  };
  const serve = () => {
    const place = list.length > 0 && held.size < total ? serves(list) : undefined;
    const [next] = place === undefined ? [] : list.splice(place, 1);
    if (next !== undefined) hold(next);
  };
  const books = () => ({
    data: { id: 'p', total_stock: total, available_stock: total - held.size, reserved_stock: held.size },
  });
  const api = await scriptedApi(({ method, path }) => {
    if (path.includes('/waiting-list/')) {
      // Two to a page.
      const from = Number(new URL(path, 'http://x').searchParams.get('cursor') ?? 0);
      const data = list.slice(from, from + 2).map((order_id) => ({ order_id }));
      return { status: 200, body: { data, next_cursor: from + 2 < list.length ? String(from + 2) : null } };
    }
    if (path.startsWith('/api/products/')) return { status: method === 'POST' ? 201 : 200, body: books() };
    if (path === '/api/create-order/') {
      const id = `o${++buyers}`;
      if (held.size < total + oversells) hold(id);
      else list.push(id);
      return { status: 201, body: order(id) };
    }
    const id = path.split('/')[3] ?? '';
    if (method === 'GET') return { status: 200, body: order(id) };
    list = list.filter((waiting) => waiting !== id);
    if (held.delete(id)) serve();
    return { status: 200, body: order(id) };
  });
  try {
    return await queue(new ShopApi(api.url), { buyers: 6, units: total, patience: 300 });
  } finally {
    await api.close();
  }
}

describe('A queue of the chaos test', () => {
  it('is in order when the first in the list are served', async () => {
    assert.deepEqual(await queueOn({}), { succeeded: 2, waiting: 4, served: 2, off: [] });
  });

  it('shows a shop that serves somebody behind the first', async () => {
    const { off } = await queueOn({ serves: (list) => list.length - 1 });
    assert.ok(off.includes('Others than the first in the waiting list were served.'), off.join());
  });

  it('shows a shop that serves the right ones in the wrong order', async () => {
    const { off } = await queueOn({ serves: (list) => (list.length === 4 ? 1 : 0) });
    assert.deepEqual(off, ['The next buyers were not served in the order of the waiting list.']);
  });

  it('shows a shop that lets its units lie', async () => {
    const { served, off } = await queueOn({ serves: () => undefined });
    assert.equal(served, 0);
    assert.ok(off.includes('4 buyers still wait instead of 2.'), off.join());
    assert.ok(off.includes('0 buyers were served instead of 2.'), off.join());
    assert.ok(off.includes('available is 2 instead of 0 after the next were served.'), off.join());
  });

  it('shows a shop that gives out more than it has', async () => {
    const { succeeded, off } = await queueOn({ oversells: 1 });
    assert.equal(succeeded, 3);
    assert.ok(off.includes('3 buyers succeeded instead of 2.'), off.join());
    assert.ok(off.includes('3 buyers wait instead of 4.'), off.join());
  });
});
