import assert from 'node:assert/strict';
import { stockLevelId } from '../../src/domain/audit.ts';
import { limits } from '../../src/domain/limits.ts';
import { stockMoves } from '../../src/domain/stock.ts';
import { auditEntries } from '../../src/persistence/audit-log.ts';
import { writeTogether } from '../../src/persistence/database.ts';
import { changeStock, lockStock, openStockLevels } from '../../src/persistence/stock-levels.ts';
import { readWarehouseIds } from '../../src/persistence/warehouses.ts';
import {
  createProduct,
  createReservation,
  expectStatus,
  startApi,
  type ProductWire,
  type TestApi,
} from '../support/api.ts';
import { assertBooksBalance } from '../support/books.ts';
import { untilWaiting } from '../support/locks.ts';
import { makeWarehouse, manyProducts, putLevels, someProducts, totalsOf } from '../support/stock-lists.ts';

describe('PUT /api/stock-levels/', function () {
  this.timeout(60_000);
  let api: TestApi;

  before(async () => {
    api = await startApi();
    await api.startWorker();
    await makeWarehouse(api.db, 'EAST-1');
  });
  after(async () => {
    await assertBooksBalance(api.db);
    await api.stop();
  });

  const ledgerOf = (productId: string) =>
    api.db('stock_movements').where({ product_id: productId }).whereNot('reason', 'initial stock').orderBy('id');
  const auditOf = (productId: string, warehouse = 'MAIN') =>
    api
      .db('audit_log')
      .where({ object_id: `${productId}/${warehouse}` })
      .orderBy('id');

  it('tells of each product once that becomes low, by what all its rows take together', async () => {
    const products = await someProducts(api, 'LITTLE', 4, 8);
    for (const { id } of products) {
      await api.request('PATCH', `/api/products/${id}/`, { body: { low_stock_threshold: 5 } });
    }
    const sent = await putLevels(api, [
      { sku: 'LITTLE-0', set_to: 2 },
      { sku: 'LITTLE-0', warehouse: 'EAST-1', delta: 2 },
      { sku: 'LITTLE-1', delta: -3 },
      { sku: 'LITTLE-2', delta: -4 },
      { sku: 'LITTLE-2', warehouse: 'EAST-1', delta: 2 },
      { sku: 'LITTLE-3', delta: -9 },
    ]);
    assert.deepEqual([sent.json.data.applied, sent.json.data.refused], [5, 1]);
    await putLevels(api, [{ sku: 'LITTLE-1', set_to: 1 }]);
    const entries = api.db('audit_log').where({ action: 'LOW_STOCK' }).orderBy('object_id');
    const told = await entries.select('object_id', 'old_value', 'new_value', 'workflow_id');
    const entry = (n: number, available: number) => ({
      object_id: products[n]?.id,
      old_value: { available: 8 },
      new_value: { available, low_stock_threshold: 5 },
      workflow_id: null,
    });
    assert.deepEqual(told, [entry(0, 4), entry(1, 5)]);
  });

  it('sets totals and adds deltas, and answers in the order of the list', async () => {
    await someProducts(api, 'ORDER', 5, 10);
    const data = expectStatus(
      200,
      await putLevels(api, [
        { sku: 'ORDER-3', set_to: 7 },
        { sku: 'order-0', delta: 5 },
        { sku: 'ORDER-4', delta: -10 },
        { sku: 'ORDER-1', set_to: 10 },
        { sku: 'ORDER-2', delta: -11 },
      ]),
    );
    const { results, ...counts } = data;
    assert.deepEqual(counts, { rows: 5, applied: 3, unchanged: 1, refused: 1 });
    const level = (total: number) => ({ total, available: total, reserved: 0 });
    const done = { warehouse: 'MAIN', problem: null };
    assert.deepEqual(results, [
      { row: 0, sku: 'ORDER-3', outcome: 'applied', ...level(7), ...done },
      { row: 1, sku: 'ORDER-0', outcome: 'applied', ...level(15), ...done },
      { row: 2, sku: 'ORDER-4', outcome: 'applied', ...level(0), ...done },
      { row: 3, sku: 'ORDER-1', outcome: 'unchanged', ...level(10), ...done },
      {
        row: 4,
        sku: 'ORDER-2',
        warehouse: 'MAIN',
        outcome: 'refused',
        ...level(10),
        problem: {
          code: 'stock-conflict',
          detail: 'MAIN has 10 units available of 10 (0 reserved): it cannot change by -11.',
        },
      },
    ]);
    assert.deepEqual(await totalsOf(api.db, 'ORDER'), {
      'ORDER-0': 15,
      'ORDER-1': 10,
      'ORDER-2': 10,
      'ORDER-3': 7,
      'ORDER-4': 0,
    });
  });

  it('writes each change into the ledger and the audit log, with its reason and its caller', async () => {
    const { id } = await createProduct(api, { sku: 'TOLD-1', total_stock: 4 });
    const rows = [{ sku: 'TOLD-1', set_to: 9, reason: 'yearly count' }];
    const { json } = await putLevels(api, rows, { 'X-Actor': 'anna' });
    const cause = { actor: 'anna', request_id: json.request_id, workflow_id: null };
    const [movement, ...more] = await ledgerOf(id);
    const { type, total, available, reserved, total_after, reason, actor, request_id, workflow_id } = movement;
    assert.deepEqual({ actor, request_id, workflow_id }, cause);
    assert.deepEqual(
      [type, total, available, reserved, total_after, reason, more],
      ['adjusted', 5, 5, 0, 9, 'yearly count', []],
    );
    const entry = (await auditOf(id)).at(-1);
    assert.deepEqual(
      [entry.action, entry.object_type, entry.actor, entry.old_value, entry.new_value],
      [
        'STOCK_ADJUSTED',
        'StockLevel',
        'anna',
        { total: 4, available: 4, reserved: 0 },
        { total: 9, available: 9, reserved: 0, reason: 'yearly count' },
      ],
    );
  });

  it('opens a level in a warehouse that has none, but not for what is refused or changes nothing', async () => {
    const products = await someProducts(api, 'OPEN', 4, 1);
    const at = { warehouse: 'east-1' };
    const { results } = expectStatus(
      200,
      await putLevels(api, [
        { sku: 'OPEN-0', delta: 3, ...at },
        { sku: 'OPEN-1', set_to: 4, ...at },
        { sku: 'OPEN-2', delta: -1, ...at },
        { sku: 'OPEN-3', set_to: 0, ...at },
      ]),
    );
    assert.deepEqual(
      results.map(({ warehouse, outcome, total }) => [warehouse, outcome, total]),
      [
        ['EAST-1', 'applied', 3],
        ['EAST-1', 'applied', 4],
        ['EAST-1', 'refused', 0],
        ['EAST-1', 'unchanged', 0],
      ],
    );
    assert.deepEqual(await totalsOf(api.db, 'OPEN'), {
      'EAST-1 OPEN-0': 3,
      'OPEN-0': 1,
      'EAST-1 OPEN-1': 4,
      'OPEN-1': 1,
      'OPEN-2': 1,
      'OPEN-3': 1,
    });
    const [opened] = await ledgerOf(products[0]?.id ?? '');
    assert.deepEqual([opened.type, opened.total, opened.total_after], ['adjusted', 3, 3]);
  });

  it('changes one product in two warehouses', async () => {
    const product = await createProduct(api, { sku: 'BOTH-1', total_stock: 1 });
    const rows = [
      { sku: 'BOTH-1', set_to: 5 },
      { sku: 'BOTH-1', warehouse: 'EAST-1', delta: 6 },
    ];
    assert.equal(expectStatus(200, await putLevels(api, rows)).applied, 2);
    assert.deepEqual(await totalsOf(api.db, 'BOTH'), { 'BOTH-1': 5, 'EAST-1 BOTH-1': 6 });
    const { total_stock } = expectStatus(200, await api.get<ProductWire>(`/api/products/${product.id}/`));
    assert.equal(total_stock, 11);
  });

  it('keeps reserved units: neither a total nor a delta may cut into them, and other rows go on', async () => {
    const [held, free] = await someProducts(api, 'HELD', 2, 10);
    await createReservation(api, { product_id: held?.id, quantity: 4 });
    for (const change of [{ set_to: 3 }, { delta: -7 }]) {
      const rows = [
        { sku: 'HELD-0', ...change },
        { sku: 'HELD-1', delta: 1 },
      ];
      const { results } = expectStatus(200, await putLevels(api, rows));
      assert.deepEqual(
        results.map(({ outcome, problem }) => [outcome, problem?.code]),
        [
          ['refused', 'stock-conflict'],
          ['applied', undefined],
        ],
      );
      const { total, available, reserved } = results[0] ?? {};
      assert.deepEqual([total, available, reserved], [10, 6, 4]);
    }
    const { results } = expectStatus(200, await putLevels(api, [{ sku: 'HELD-0', set_to: 4 }]));
    assert.deepEqual([results[0]?.outcome, results[0]?.available, results[0]?.reserved], ['applied', 0, 4]);
    assert.equal((await ledgerOf(free?.id ?? '')).length, 2);
  });

  it('fills a level up to the largest stock, and refuses one more', async () => {
    await createProduct(api, { sku: 'FULL-1', total_stock: 0 });
    const put = async (row: object) =>
      expectStatus(200, await putLevels(api, [{ sku: 'FULL-1', ...row }])).results[0] ?? assert.fail();
    assert.equal((await put({ set_to: limits.stock })).outcome, 'applied');
    const more = await put({ delta: 1 });
    assert.deepEqual([more.outcome, more.total], ['refused', limits.stock]);
    assert.match(more.problem?.detail ?? '', /would exceed 2147483647/);
    assert.equal((await put({ set_to: 0 })).outcome, 'applied');
  });

  it('takes products that are not for sale and warehouses that are not in use', async () => {
    const { id } = await createProduct(api, { sku: 'OFF-1', total_stock: 0 });
    await api.request('PATCH', `/api/products/${id}/`, { body: { active: false } });
    await makeWarehouse(api.db, 'SHUT-1');
    await api.db('warehouses').where({ code: 'SHUT-1' }).update({ active: false });
    assert.equal(expectStatus(200, await putLevels(api, [{ sku: 'OFF-1', warehouse: 'SHUT-1', delta: 2 }])).applied, 1);
  });

  it('carries out a list of several batches, and says so in one line of the log', async () => {
    await manyProducts(api.db, 'MANY', 450);
    const rows = Array.from({ length: 450 }, (_, n) => ({ sku: `MANY-${449 - n}`, delta: 450 - n }));
    const reply = await putLevels(api, rows);
    const { results, ...counts } = expectStatus(200, reply);
    assert.deepEqual(counts, { rows: 450, applied: 450, unchanged: 0, refused: 0 });
    assert.deepEqual(
      results.map(({ row, sku, total }) => [row, sku, total]),
      rows.map(({ sku, delta }, row) => [row, sku, delta]),
    );
    const [line] = api.lines.filter((line) => line['request_id'] === reply.json.request_id);
    assert.deepEqual([line?.['rows'], line?.['applied'], line?.['refused']], [450, 450, 0]);
  });

  it('cannot deadlock with a list of the same products in another order', async () => {
    const rows = Array.from({ length: 60 }, (_, n) => ({ sku: `CROSS-${n}`, delta: 1 }));
    await manyProducts(api.db, 'CROSS', 60);
    const replies = await Promise.all(
      Array.from({ length: 8 }, (_, n) => putLevels(api, n % 2 === 0 ? rows : rows.toReversed())),
    );
    for (const reply of replies) assert.equal(expectStatus(200, reply).applied, 60);
    assert.deepEqual(new Set(Object.values(await totalsOf(api.db, 'CROSS'))), new Set([8]));
  });

  it('is 503 when what it names cannot be looked up in time, and nothing is changed', async () => {
    await createProduct(api, { sku: 'SLOW-1', total_stock: 1 });
    await api.db.transaction(async (trx) => {
      await trx.raw('LOCK TABLE products IN ACCESS EXCLUSIVE MODE');
      const { status, json } = await putLevels(api, [{ sku: 'SLOW-1', delta: 1 }]);
      assert.deepEqual([status, json.code], [503, 'unavailable']);
    });
    assert.deepEqual(await totalsOf(api.db, 'SLOW'), { 'SLOW-1': 1 });
  });

  it('sees a level that somebody opens while it waits for the product', async () => {
    const { id: productId } = await createProduct(api, { sku: 'WAIT-1', total_stock: 0 });
    const warehouseId = (await readWarehouseIds(api.db, ['EAST-1'])).get('EAST-1') ?? assert.fail();
    const cause = { actor: 'anna', requestId: null, workflowId: null };
    const before = { total: 0, available: 0, reserved: 0 };
    const delta = stockMoves.adjust(2);
    const { putting } = await api.db.transaction(async (trx) => {
      await lockStock(trx, [productId]);
      const putting = putLevels(api, [{ sku: 'WAIT-1', warehouse: 'EAST-1', set_to: 5 }]);
      await untilWaiting(api.db);
      await openStockLevels(trx, [{ productId, warehouseId }]);
      await writeTogether(trx, [
        ...changeStock(trx, [{ productId, warehouseId, type: 'adjusted', delta, of: {}, reason: 'x' }], cause),
        auditEntries(
          trx,
          [
            {
              action: 'STOCK_ADJUSTED',
              objectType: 'StockLevel',
              objectId: stockLevelId(productId, 'EAST-1'),
              oldValue: before,
              newValue: delta,
            },
          ],
          cause,
        ),
      ]);
      return { putting };
    });
    expectStatus(200, await putting);
    assert.deepEqual(await totalsOf(api.db, 'WAIT'), { 'EAST-1 WAIT-1': 5, 'WAIT-1': 0 });
  });
});
