import assert from 'node:assert/strict';
import { LostAnswer } from '../../src/fault-points.ts';
import { createProduct, expectStatus, startApi, type TestApi } from '../support/api.ts';
import { assertBooksBalance } from '../support/books.ts';
import { assertOneAnswer, assertReplayOf, assertSameAnswer, isReplayed, keyed } from '../support/idempotency.ts';
import { untilWaiting } from '../support/locks.ts';
import { rowCounts } from '../support/row-counts.ts';
import { manyProducts, putCsv, putLevels, someProducts, totalsOf } from '../support/stock-lists.ts';

/** More than two batches of rows. */
const long = 450;

describe('A list of stock levels that is sent again with its Idempotency-Key', function () {
  this.timeout(60_000);
  let api: TestApi;
  /** Called when a batch has been committed. */
  let afterBatch: () => void;

  before(async () => {
    afterBatch = () => undefined;
    api = await startApi({ reach: () => afterBatch() });
    await someProducts(api, 'FEW', 3);
    await manyProducts(api.db, 'LONG', long);
  });
  beforeEach(async () => {
    afterBatch = () => undefined;
    expectStatus(
      200,
      await putLevels(
        api,
        few.map(({ sku }) => ({ sku, set_to: 0 })),
      ),
    );
    expectStatus(
      200,
      await putLevels(
        api,
        many.map(({ sku }) => ({ sku, set_to: 0 })),
      ),
    );
  });
  after(async () => {
    await assertBooksBalance(api.db);
    await api.stop();
  });

  const few = Array.from({ length: 3 }, (_, n) => ({ sku: `FEW-${n}`, delta: n + 1 }));
  const many = Array.from({ length: long }, (_, n) => ({ sku: `LONG-${n}`, delta: 1 + (n % 5) }));
  const wanted = Object.fromEntries(many.map(({ sku, delta }) => [sku, delta]));
  const totals = (prefix: string) => totalsOf(api.db, prefix);

  it('is not carried out again, and gets the first answer', async () => {
    const key = keyed();
    const first = await putLevels(api, few, key);
    assert.deepEqual([expectStatus(200, first).applied, isReplayed(first)], [3, false]);
    assertReplayOf(first, await putLevels(api, few, key));
    assert.deepEqual(await totals('FEW'), { 'FEW-0': 1, 'FEW-1': 2, 'FEW-2': 3 });
  });

  it('is the same list in another spelling, and as CSV', async () => {
    const key = keyed();
    const first = await putLevels(api, few, key);
    assertReplayOf(
      first,
      await putLevels(
        api,
        few.map(({ sku, delta }) => ({ delta, sku: sku.toLowerCase(), warehouse: 'main' })),
        key,
      ),
    );
    const csv = ['reason,sku,warehouse,delta', ...few.map(({ sku, delta }) => `count,${sku},,${delta}`)];
    assertReplayOf(first, await putCsv(api, csv.join('\r\n'), key));
    assert.deepEqual(await totals('FEW'), { 'FEW-0': 1, 'FEW-1': 2, 'FEW-2': 3 });
  });

  it('is another list, and refused, when a value, a reason or the order of rows differs', async () => {
    const key = keyed();
    expectStatus(200, await putLevels(api, few, key));
    const before = await rowCounts(api.db);
    const [first = { sku: '', delta: 0 }, ...rest] = few;
    for (const rows of [
      [{ ...first, delta: 9 }, ...rest],
      [{ ...first, reason: 'lost' }, ...rest],
      [{ sku: first.sku, set_to: 1 }, ...rest],
      [...rest, first],
      rest,
      [...few, { sku: 'LONG-0', delta: 1 }],
    ]) {
      const { status, json } = await putLevels(api, rows, key);
      assert.deepEqual([status, json.code], [422, 'idempotency-key-reused']);
    }
    const csv = await putCsv(api, 'sku,delta,reason\nFEW-0,9,count\n', key);
    assert.deepEqual([csv.status, csv.json.code], [422, 'idempotency-key-reused']);
    assert.deepEqual(await rowCounts(api.db), before);
  });

  it('belongs to its caller, and bad input takes no key', async () => {
    const key = keyed();
    assert.equal((await putLevels(api, [{ sku: 'NOBODY', delta: 1 }], key)).status, 400);
    for (const headers of [key, { ...key, 'X-Actor': 'anna' }, { ...key, 'X-Actor': 'bert' }]) {
      const reply = await putLevels(api, few, headers);
      assert.deepEqual([reply.status, isReplayed(reply)], [200, false]);
    }
    assert.deepEqual(await totals('FEW'), { 'FEW-0': 3, 'FEW-1': 6, 'FEW-2': 9 });
    assert.equal((await putLevels(api, few, { 'Idempotency-Key': 'short' })).status, 400);
  });

  it('is carried out as often as it is sent without a key', async () => {
    for (let times = 0; times < 2; times += 1) {
      const reply = await putLevels(api, few);
      assert.deepEqual([reply.status, isReplayed(reply)], [200, false]);
    }
    assert.deepEqual(await totals('FEW'), { 'FEW-0': 2, 'FEW-1': 4, 'FEW-2': 6 });
  });

  it('refuses again what it refused, though there would be enough by now', async () => {
    await createProduct(api, { sku: 'LATER-1', total_stock: 1 });
    const [key, rows] = [keyed(), [{ sku: 'LATER-1', delta: -2 }]];
    const first = await putLevels(api, rows, key);
    assert.equal(expectStatus(200, first).refused, 1);
    expectStatus(200, await putLevels(api, [{ sku: 'LATER-1', delta: 5 }]));
    assertReplayOf(first, await putLevels(api, rows, key));
    assert.deepEqual(await totals('LATER'), { 'LATER-1': 6 });
  });

  it('is one list, sent twelve times at once', async () => {
    const key = keyed();
    await assertOneAnswer(200, 12, () => putLevels(api, few, key));
    assert.deepEqual(await totals('FEW'), { 'FEW-0': 1, 'FEW-1': 2, 'FEW-2': 3 });
  });

  it('is one list of several batches, whichever request carries out which of them', async () => {
    const key = keyed();
    let batches = 0;
    afterBatch = () => (batches += 1);
    await assertSameAnswer(200, 12, () => putLevels(api, many, key));
    assert.equal(batches, 3);
    assert.deepEqual(await totals('LONG'), wanted);
  });

  it('goes on where an answer got lost after the first batch, and after the second', async () => {
    const key = keyed();
    for (const _ of [1, 2]) {
      afterBatch = () => {
        throw new LostAnswer('The answer got lost');
      };
      assert.equal((await putLevels(api, many, key)).status, 500);
    }
    assert.equal(Object.values(await totals('LONG')).filter((total) => total > 0).length, 400);
    let batches = 0;
    afterBatch = () => (batches += 1);
    const last = await putLevels(api, many, key);
    const { results, applied } = expectStatus(200, last);
    assert.deepEqual([applied, batches, isReplayed(last)], [long, 1, false]);
    assert.deepEqual(
      results.map(({ row, sku, total }) => [row, sku, total]),
      many.map(({ sku, delta }, row) => [row, sku, delta]),
    );
    assertReplayOf(last, await putLevels(api, many, key));
    assert.deepEqual(await totals('LONG'), wanted);
  });

  it('refuses another list also when the first one did not get to its end', async () => {
    const key = keyed();
    afterBatch = () => {
      throw new LostAnswer('The answer got lost');
    };
    assert.equal((await putLevels(api, many, key)).status, 500);
    const before = await rowCounts(api.db);
    const other = many.map(({ sku, delta }) => ({ sku, delta: delta + 1 }));
    assert.equal((await putLevels(api, other, key)).json.code, 'idempotency-key-reused');
    assert.deepEqual(await rowCounts(api.db), before);
  });

  /** Sends the long list while somebody holds a product of its second batch. */
  const putHeldUp = async (headers: Readonly<Record<string, string>>) => {
    const ids: { id: string; sku: string }[] = await api
      .db('products')
      .whereLike('sku', 'LONG-%')
      .orderBy('id')
      .select('id', 'sku');
    const held = ids[300]?.id;
    return api.db.transaction(async (trx) => {
      await trx('products').where({ id: held }).forUpdate().select('id');
      const putting = putLevels(api, many, headers);
      await untilWaiting(api.db);
      const { status, json, headers: answered } = await putting;
      assert.deepEqual([status, json.code, answered.get('Retry-After')], [503, 'unavailable', '1']);
      assert.equal(Object.values(await totals('LONG')).filter((total) => total > 0).length, 200);
      const line = api.lines.find((line) => line['request_id'] === json.request_id && 'status' in line);
      assert.deepEqual([line?.['rows'], line?.['carried_out']], [long, 200]);
      return json.detail;
    });
  };

  it('is 503 while somebody holds a product for too long, and goes on when it is sent again', async () => {
    const key = keyed();
    assert.equal(
      await putHeldUp(key),
      'At least 200 of 450 rows were carried out. Send the same list again with the same Idempotency-Key: it goes on where it was.',
    );
    const again = await putLevels(api, many, key);
    assert.deepEqual([expectStatus(200, again).applied, isReplayed(again)], [long, false]);
    assert.deepEqual(await totals('LONG'), wanted);
  });

  it('is told not to be sent again as it is when it had no key: its deltas would count twice', async () => {
    assert.equal(
      await putHeldUp({}),
      'At least 200 of 450 rows were carried out, and the list had no Idempotency-Key: look at the levels before sending any delta again.',
    );
  });

  it('keeps neither rows nor their key of a batch whose commit fails', async () => {
    const key = keyed();
    const before = await rowCounts(api.db);
    await api.db.raw(`
      CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'planted'; END $$;
      CREATE CONSTRAINT TRIGGER planted AFTER INSERT ON idempotency_keys
        DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION fail();
    `);
    try {
      assert.equal((await putLevels(api, few, key)).status, 500);
    } finally {
      await api.db.raw('DROP TRIGGER planted ON idempotency_keys; DROP FUNCTION fail');
    }
    assert.deepEqual(await rowCounts(api.db), before);
    assert.equal(isReplayed(await putLevels(api, few, key)), false);
    assert.deepEqual(await totals('FEW'), { 'FEW-0': 1, 'FEW-1': 2, 'FEW-2': 3 });
  });
});
