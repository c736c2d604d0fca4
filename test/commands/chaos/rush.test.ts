import assert from 'node:assert/strict';
import { counters, rush, type RushResult } from '../../../src/commands/chaos/rush.ts';
import { ShopApi } from '../../../src/commands/shop/shop-api.ts';
import { scriptedApi, type ScriptedAnswer } from '../../support/scripted-api.ts';

const short: ScriptedAnswer = { status: 409, body: { code: 'insufficient-stock' } };
const ended: ScriptedAnswer = { status: 409, body: { code: 'invalid-transition' } };
const broken: ScriptedAnswer = { status: 500, body: { code: 'internal', detail: 'Something went wrong.' } };

/** A shop that keeps its own books, with a say in how it answers. */
interface Shop {
  /** The answer to the nth buyer; undefined sells a unit. */
  readonly sell?: (n: number) => ScriptedAnswer | undefined;
  /** The answer to the nth buyer that gives back; undefined takes the unit back. */
  readonly takeBack?: (n: number) => ScriptedAnswer | undefined;
  /** Units that the books tell too many. */
  readonly error?: number;
}

/** Lets ten buyers rush for two units. */
async function rushOn({ sell = () => undefined, takeBack = () => undefined, error = 0 }: Shop): Promise<RushResult> {
  const total = 2;
  let [reserved, buyers, givers] = [0, 0, 0];
  const books = () => ({
    data: { id: 'p', total_stock: total, available_stock: total - reserved, reserved_stock: reserved + error },
  });
  const api = await scriptedApi(({ method, path }) => {
    if (path.startsWith('/api/products/')) return { status: method === 'POST' ? 201 : 200, body: books() };
    const selling = path === '/api/create-order/';
    const scripted = selling ? sell(buyers++) : takeBack(givers++);
    if (scripted !== undefined) return scripted;
    if (selling && reserved === total) return short;
    reserved += selling ? 1 : -1;
    return { status: selling ? 201 : 200, body: { data: { id: `o${reserved}` } } };
  });
  try {
    const [orders] = counters;
    assert.ok(orders);
    return await rush(new ShopApi(api.url), orders, { buyers: 10, units: total });
  } finally {
    await api.close();
  }
}

describe('A rush of the chaos test', () => {
  it('is in order when as many succeed as there are units', async () => {
    assert.deepEqual(await rushOn({}), { succeeded: 2, failed: 8, off: [] });
  });

  it('shows a shop that sells what it does not have', async () => {
    const { succeeded, off } = await rushOn({ sell: () => ({ status: 201, body: { data: { id: 'o' } } }) });
    assert.equal(succeeded, 10);
    assert.ok(off.includes('10 buyers succeeded instead of 2.'));
    assert.ok(off.includes('reserved is 0 instead of 2 after the rush.'));
  });

  it('shows a shop that sells less than it has', async () => {
    const { off } = await rushOn({ sell: () => short });
    assert.ok(off.includes('0 buyers succeeded instead of 2.'));
    assert.ok(off.includes('available is 2 instead of 0 after the rush.'));
  });

  it('shows every failure that is not a lack of stock, each kind once', async () => {
    const { succeeded, failed, off } = await rushOn({ sell: (n) => (n < 3 ? broken : undefined) });
    assert.deepEqual([succeeded, failed], [2, 8]);
    assert.deepEqual(off, ['3 unexpected: 500 internal Something went wrong.']);
  });

  it('shows books that do not balance', async () => {
    const { off } = await rushOn({ error: 1 });
    assert.deepEqual(off, [
      'reserved is 3 instead of 2 after the rush.',
      'reserved is 1 instead of 0 after everything was given back.',
    ]);
  });

  it('shows units that stay locked, whatever was answered to who gave them back', async () => {
    const { off } = await rushOn({ takeBack: (n) => (n === 0 ? ended : undefined) });
    assert.deepEqual(off, [
      'available is 1 instead of 2 after everything was given back.',
      'reserved is 1 instead of 0 after everything was given back.',
    ]);
    assert.ok(
      (await rushOn({ takeBack: () => broken })).off.includes('2 unexpected: 500 internal Something went wrong.'),
    );
  });
});
