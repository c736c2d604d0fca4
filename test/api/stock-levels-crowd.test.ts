import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { listGate, uploadGate } from '../../src/api/gate.ts';
import { expectStatus, startApi, type TestApi } from '../support/api.ts';
import { manyProducts, putLevels, someProducts, totalsOf } from '../support/stock-lists.ts';
import { until } from '../support/until.ts';
import { dial } from '../support/wire.ts';

/** The beginning of a list whose rest does not come. */
const unfinished =
  'PUT /api/stock-levels/ HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n[';

describe('Many lists of stock levels at once', function () {
  this.timeout(60_000);
  let api: TestApi;
  let sockets: Socket[];

  beforeEach(async () => {
    sockets = [];
    api = await startApi();
    await someProducts(api, 'CROWD', 1);
  });
  afterEach(async () => {
    for (const socket of sockets) socket.destroy();
    await api.stop();
  });

  const sendSlowly = async (count: number) => {
    for (let n = 0; n < count; n += 1) sockets.push(await dial(api.url, unfinished));
  };
  const put = () => putLevels(api, [{ sku: 'CROWD-0', delta: 1 }]);

  it('that arrive slowly keep none out that has arrived', async () => {
    await sendSlowly(listGate.working + listGate.waiting);
    expectStatus(200, await put());
  });

  it('that arrive slowly are limited, and take their places no longer than they are there', async () => {
    await sendSlowly(uploadGate.working);
    await until(async () => (await put()).status === 503);
    assert.match((await put()).json.detail ?? '', /^Too many lists at once\. Nothing was begun/);
    for (const socket of sockets) socket.destroy();
    await until(async () => (await put()).status === 200);
  });

  it('keep their places until they are done, also when their callers were told that there was no answer', async () => {
    // Three batches take longer than anybody waits for an answer, and no statement of them longer than it may.
    await api.db.raw(`
      CREATE FUNCTION dawdle() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(3.5); RETURN NULL; END $$;
      CREATE TRIGGER planted BEFORE INSERT ON stock_movements FOR EACH STATEMENT EXECUTE FUNCTION dawdle();
    `);
    const lists = Array.from({ length: listGate.working }, (_, list) => {
      return Array.from({ length: 401 }, (_, n) => ({ sku: `SLOW-${list * 401 + n}`, delta: 1 }));
    });
    await manyProducts(api.db, 'SLOW', listGate.working * 401);
    const replies = await Promise.all(lists.map((rows) => putLevels(api, rows)));
    for (const { status, json } of replies) {
      assert.equal(status, 503);
      assert.match(json.detail ?? '', /^There was no answer in time.* It had no Idempotency-Key/);
    }
    assert.match((await put()).json.detail ?? '', /^Too many lists at once/);
    await until(async () => Object.values(await totalsOf(api.db, 'SLOW')).every((total) => total === 1), 30_000);
    await api.db.raw('DROP TRIGGER planted ON stock_movements');
    await until(async () => (await put()).status === 200);
  });
});
