import assert from 'node:assert/strict';
import { startApi, type TestApi } from '../support/api.ts';
import { rowCounts } from '../support/row-counts.ts';
import { makeWarehouse, mistakesOf, putLevels, someProducts } from '../support/stock-lists.ts';

describe('PUT /api/stock-levels/ names every mistake, and changes nothing,', function () {
  this.timeout(60_000);
  let api: TestApi;

  const unchanged = async (act: () => Promise<void>) => {
    const before = await rowCounts(api.db);
    await act();
    assert.deepEqual(await rowCounts(api.db), before);
  };

  before(async () => {
    api = await startApi();
    await makeWarehouse(api.db, 'EAST-1');
    await someProducts(api, 'BAD', 3, 5);
  });
  after(() => api.stop());

  it('when products or warehouses are not known, also beside other mistakes in the row', () =>
    unchanged(async () => {
      const reply = await putLevels(api, [
        { sku: 'BAD-0', delta: 1 },
        { sku: 'NOBODY', warehouse: 'NOWHERE', delta: 0 },
        { sku: 'BAD-1', warehouse: 'NOWHERE', set_to: -1 },
      ]);
      const product = 'must be known: there is no product with this SKU';
      const warehouse = 'must be known: there is no warehouse with this code';
      assert.deepEqual(mistakesOf(reply), [
        ['/1/delta', 'must not be 0'],
        ['/1/sku', product],
        ['/1/warehouse', warehouse],
        ['/2/set_to', 'must be a whole number from 0 to 2,147,483,647'],
        ['/2/warehouse', warehouse],
      ]);
    }));

  it('when a level is listed twice, whatever the case, and also when one of the rows is bad otherwise', () =>
    unchanged(async () => {
      const reply = await putLevels(api, [
        { sku: 'BAD-0', delta: 1 },
        { sku: 'BAD-1', delta: 0 },
        { sku: 'bad-0', warehouse: 'main', set_to: 1 },
        { sku: 'BAD-0', warehouse: 'EAST-1', set_to: 1 },
        { sku: 'BAD-1', set_to: 1 },
        { sku: 'BAD-0', set_to: 2 },
      ]);
      assert.deepEqual(mistakesOf(reply), [
        ['/1/delta', 'must not be 0'],
        ['/2/sku', 'repeats /0: BAD-0 in MAIN'],
        ['/4/sku', 'repeats /1: BAD-1 in MAIN'],
        ['/5/sku', 'repeats /0: BAD-0 in MAIN'],
      ]);
    }));

  it('when a row has neither or both of set_to and delta', () =>
    unchanged(async () => {
      const reply = await api.put('/api/stock-levels/', [
        { sku: 'BAD-0', reason: 'x' },
        { sku: 'BAD-1', reason: 'x', set_to: 1, delta: 1 },
        { sku: 'BAD-2', reason: '', set_to: 1, delta: null },
      ]);
      assert.deepEqual(mistakesOf(reply), [
        ['/0/set_to', 'is required when there is no delta'],
        ['/1/delta', 'must not stand beside set_to'],
        ['/2/delta', 'must be a whole number from -2,147,483,647 to 2,147,483,647'],
        ['/2/reason', 'must be text of 1 to 200 characters, not only blanks and without control characters'],
      ]);
    }));

  it('of which the first hundred are listed, and all are counted', () =>
    unchanged(async () => {
      const reply = await putLevels(
        api,
        Array.from({ length: 10_000 }, (_, n) => ({ sku: `NOBODY-${n}`, delta: 0 })),
      );
      const mistakes = mistakesOf(reply);
      assert.equal(mistakes.length, 100);
      assert.deepEqual(mistakes.at(-1)?.[0], '/49/sku');
      assert.match(reply.json.detail ?? '', /; and 19,990 more \(errors has the first 100 of 20,000\)\.$/);
    }));

  it('when one row has more unknown fields than a call takes arguments', () =>
    unchanged(async () => {
      const fields = Array.from({ length: 150_000 }, (_, n) => `"${n}":0`).join();
      const reply = await api.put('/api/stock-levels/', `[{${fields}}]`);
      assert.equal(mistakesOf(reply).length, 100);
      assert.match(reply.json.detail ?? '', /of 150,003\)/);
    }));

  it('when there are no rows, more than 10,000, or there is no list', () =>
    unchanged(async () => {
      for (const [body, message] of [
        ['[]', 'must have at least 1 entry'],
        [`[${'0,'.repeat(10_000)}0]`, 'must have at most 10,000 entries'],
        ['{"0":{}}', 'must be a list'],
      ] as const) {
        assert.deepEqual(mistakesOf(await api.put('/api/stock-levels/', body)), [['', message]]);
      }
    }));
});
