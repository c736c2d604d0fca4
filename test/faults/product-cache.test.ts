import assert from 'node:assert/strict';
import pg from 'pg';
import { changeChannel } from '../../src/persistence/change-notices.ts';
import { countIn, stockedProduct } from '../support/orders.ts';
import { send, type Reply } from '../support/http.ts';
import { until } from '../support/until.ts';
import { form } from './form.ts';
import { sharedSystem, type System } from './system.ts';

/** Milliseconds after a commit when nobody may be told what was before, whatever died. */
const bound = 1_500;

interface Stock {
  readonly available_stock: number;
}

describe('What an API keeps of products is forgotten in time', function () {
  this.timeout(form.choose(120_000, 240_000));
  let system: System;
  before(async () => {
    system = await sharedSystem();
  });
  afterEach(() => system.heal());

  const ask = (api: 0 | 1, method: string, path: string, body?: unknown): Promise<Reply<Stock & { id: string }>> =>
    send(system.urls[api] ?? '', method, path, body === undefined ? {} : { body });
  const available = async (api: 0 | 1, id: string): Promise<number> => {
    const { json } = await ask(api, 'GET', `/api/products/${id}/`);
    return json.data.available_stock;
  };
  const stored = async (id: string): Promise<number> => {
    const rows = (await system.db('stock_levels').where({ product_id: id }).select('available')) as {
      available: number;
    }[];
    return rows.reduce((sum, row) => sum + row.available, 0);
  };
  const passed = (since: number): Promise<void> => until(() => performance.now() > since + bound);
  /** Until the first API refuses without asking anybody: a refusal of a workflow leaves a row. */
  const refusesEarly = (id: string): Promise<void> =>
    until(async () => {
      const rows = async () => (await system.db('refusals').count('* as n').first()) as { n: string };
      const before = await rows();
      const { status, text } = await ask(0, 'POST', '/api/create-order/', { product_id: id, quantity: 1 });
      assert.equal(status, 409, text);
      return (await rows()).n === before.n;
    });

  it('when another API changes it', async () => {
    const { id } = await stockedProduct(system.db, { stock: 5 });
    assert.equal(await available(0, id), 5);
    const { status } = await ask(1, 'POST', `/api/products/${id}/adjust-stock/`, { delta: 2, reason: 'found' });
    assert.equal(status, 200);
    assert.equal(await available(1, id), 7, 'who wrote reads what it wrote');
    await passed(performance.now());
    assert.equal(await available(0, id), 7);
  });

  it('when the worker that gives units back dies before it can tell, and nobody is refused for longer', async () => {
    const { db, workers, databaseUrl } = system;
    const { id } = await stockedProduct(db, { stock: 1 });
    const placed = await ask(0, 'POST', '/api/create-order/', { product_id: id, quantity: 1 });
    assert.equal(placed.status, 201, placed.text);
    await refusesEarly(id);
    assert.equal(await available(0, id), 0);
    // One worker alone, which is to die.
    for (const worker of workers) await worker.stop();
    await workers[0].start({ EARMARK_FAULTS: 'releaseReservation.committed=kill' });

    const ears = new pg.Client(databaseUrl);
    await ears.connect();
    let notices = 0;
    try {
      await ears.query(`LISTEN ${changeChannel}`);
      ears.on('notification', () => (notices += 1));
      const cancelling = ask(1, 'POST', `/api/orders/${placed.json.data.id}/transition/`, { new_status: 'cancelled' });
      await until(async () => (await stored(id)) === 1, 30_000);
      const committed = performance.now();
      await workers[0].ended();
      await passed(committed);
      assert.equal(await available(0, id), 1);
      const { status, text } = await ask(0, 'POST', '/api/create-order/', { product_id: id, quantity: 1 });
      assert.equal(status, 202, `without a worker an order is accepted and no more, and not refused: ${text}`);
      assert.equal(notices, 0, 'the worker did not die in time');
      await cancelling;
    } finally {
      await ears.end();
    }
  });

  it('when the connection on which it hears is ended, again and again', async () => {
    const { db } = system;
    const product = await stockedProduct(db, { stock: 1 });
    for (let round = 1; round <= form.choose(3, 10); round += 1) {
      assert.equal(await available(0, product.id), round);
      await db.raw(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'earmark api changes'`,
      );
      await countIn(db, product, 1);
      await passed(performance.now());
      assert.equal(await available(0, product.id), round + 1);
    }
  });

  it('when Postgres was away', async () => {
    const { db, postgres } = system;
    const product = await stockedProduct(db, { stock: 1 });
    assert.equal(await available(0, product.id), 1);
    await postgres.stop();
    await postgres.start();
    // Whoever waits for a connection may have got a broken one.
    await until(async () => {
      await countIn(db, product, 1).catch(() => undefined);
      return (await stored(product.id).catch(() => 1)) > 1;
    });
    const now = await stored(product.id);
    await passed(performance.now());
    assert.equal(await available(0, product.id), now);
  });
});
