import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { encodePosition } from '../../src/api/event-position.ts';
import { createOrder, createProduct, expectStatus, startApi, type TestApi, type TestApiParts } from '../support/api.ts';
import { startGuardedApi } from '../support/credentials.ts';
import { listenTo, type Listener } from '../support/events.ts';
import { countIn, stockedProduct } from '../support/orders.ts';
import { freshDatabase, type FreshDatabase } from '../support/postgres.ts';
import { lateCommit } from '../support/late-commit.ts';
import { until } from '../support/until.ts';

const addEntries = `
  INSERT INTO audit_log (actor, action, object_type, object_id)
  SELECT 'anna', 'PRODUCT_UPDATED', 'Product', 'many' FROM generate_series(1, ?)`;
const endFeeds = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                   WHERE application_name = 'earmark api changes' AND datname = current_database()`;

describe('GET /api/events/', () => {
  let database: FreshDatabase;
  const apis: TestApi[] = [];
  const listeners: Listener[] = [];
  before(async () => {
    database = await freshDatabase();
  });
  after(() => database.drop());
  afterEach(async () => {
    for (const listener of listeners.splice(0)) listener.close();
    for (const api of apis.splice(0)) await api.stop();
  });

  /** An API process; all are on one database. */
  const start = async (parts: TestApiParts = {}): Promise<TestApi> => {
    const api = await startApi({ db: database.db, keeps: 'by notices', ...parts });
    apis.push(api);
    return api;
  };
  const listen = async (api: TestApi, lastId?: string, query?: string): Promise<Listener> => {
    const headers = lastId === undefined ? {} : { 'Last-Event-ID': lastId };
    const listener = await listenTo(api.url, { headers, ...(query === undefined ? {} : { query }) });
    listeners.push(listener);
    if (listener.status === 200) await listener.hears('hello');
    return listener;
  };
  /** Changes products, one after the other. @returns their ids */
  const change = async (count: number): Promise<string[]> => {
    const ids: string[] = [];
    for (let made = 0; made < count; made += 1) {
      const product = await stockedProduct(database.db);
      await countIn(database.db, product, 1);
      ids.push(product.id);
    }
    return ids;
  };
  const heard = (listener: Listener): string[] => listener.entries().map(({ id }) => id);
  /** The ids of all entries behind one, in the order in which they are told. */
  const written = async (after: string): Promise<string[]> => {
    const rows = await database.db('audit_log').where('id', '>', after).orderBy(['tx', 'id']).select('id');
    return (rows as { id: string }[]).map(({ id }) => id);
  };
  const newest = async (): Promise<string> => {
    const row = (await database.db('audit_log').max('id as id').first()) as { id: string | null };
    return row.id ?? '0';
  };

  /** Returns when somebody has heard of the newest entry. @throws unless it has been told all behind another, each once and in order */
  const hasHeard = async (listener: Listener, before: string): Promise<void> => {
    const expected = await written(before);
    await until(() => heard(listener).includes(expected.at(-1) ?? ''));
    assert.deepEqual(heard(listener), expected);
  };

  it('begins with the database’s time and where to go on from, in an answer that nobody keeps or gathers', async () => {
    const listener = await listen(await start());
    assert.equal(listener.status, 200);
    assert.match(listener.headers['content-type'] ?? '', /^text\/event-stream/);
    assert.equal(listener.headers['cache-control'], 'no-store');
    assert.equal(listener.headers['x-accel-buffering'], 'no');
    assert.match(listener.text(), /^retry: 1000\nid: [\w-]+\nevent: hello\ndata: \{"now":"[^"]+"\}\n\n/);
    const { rows } = await database.db.raw<{ rows: { now: Date }[] }>('SELECT clock_timestamp() AS now');
    const [hello] = listener.events();
    assert.ok(Math.abs(Number(rows[0]?.now) - Date.parse(hello?.data.now ?? '')) < 5_000);
  });

  it('answers HEAD without a stream', async () => {
    const api = await start();
    const { status, text } = await api.request('HEAD', '/api/events/');
    assert.deepEqual([status, text], [200, '']);
  });

  it('tells of an order that is placed elsewhere: its parts, its products and its status', async () => {
    const [here, elsewhere] = [await start(), await start()];
    await elsewhere.startWorker();
    const product = await createProduct(elsewhere);
    const listener = await listen(here);
    const { id, reservations } = await createOrder(elsewhere, { product_id: product.id, quantity: 2 });
    await listener.hearsOf(id);
    const [held] = reservations;
    const told = listener.entries().map(({ id: number, timestamp: at, ...entry }) => {
      assert.match(number, /^\d+$/);
      assert.match(at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
      return entry;
    });
    const common = { order_id: id, product_ids: [product.id], actor: 'anonymous' };
    const order = { action: 'ORDER_CREATED', object_type: 'Order', object_id: id, status: 'pending', ...common };
    const hold = { action: 'RESERVATION_CREATED', object_type: 'Reservation', object_id: held?.id, status: null };
    assert.deepEqual(new Set(told), new Set([order, { ...hold, ...common }]));
  });

  it('tells of a transaction that commits late, after one that began later was told', async () => {
    const { db } = database;
    const [slow, quick] = [await stockedProduct(db), await stockedProduct(db)];
    const listener = await listen(await start());
    const late = await lateCommit(db, slow.id);
    await countIn(db, quick, 1);
    await until(() => listener.entries().some(({ product_ids }) => product_ids.includes(quick.id)));
    assert.deepEqual(
      listener.entries().filter(({ object_id }) => object_id === slow.id),
      [],
    );
    // Whoever comes back while it is under way is told of it as well, and of the other one only once.
    const back = await listen(await start(), listener.lastId());
    await late.finish();
    await Promise.all([listener.hearsOf(slow.id), back.hearsOf(slow.id)]);
    assert.deepEqual(heard(back), heard(listener).slice(-1));
  });

  for (const [where, another] of [
    ['from memory', false],
    ['from the log, where the server is a new one', true],
  ] as const) {
    it(`goes on after a break with exactly what was missed, once and in order: ${where}`, async () => {
      const api = await start();
      await listen(api);
      const listener = await listen(api);
      const first = await newest();
      await change(2);
      const before = await newest();
      await until(async () => listener.entries().length === (await written(first)).length);
      listener.close();
      const position = listener.lastId();
      const missed = await change(5);
      const to = another ? await start() : api;
      const back = await listen(to, position);
      const later = await change(3);
      await hasHeard(back, before);
      assert.deepEqual([missed.length, later.length], [5, 3]);
      // The hello of a connection that goes on says where it was, so that a break before the rest loses nothing.
      assert.equal(back.events()[0]?.id, position);
    });
  }

  it('loses and doubles nothing for callers that come back while changes go on', async () => {
    const apis = [await start(), await start()];
    const before = await newest();
    const first = await listen(apis[0] as TestApi);
    const progress = { isOver: false };
    const changing = (async () => {
      for (let round = 0; round < 30; round += 1) await change(1);
      progress.isOver = true;
    })();
    const all: string[] = [];
    let [position, turn] = [first.lastId(), 0];
    while (!progress.isOver) {
      const back = await listen(apis[++turn % 2] as TestApi, position, '');
      await until(() => back.entries().length > 0 || progress.isOver);
      back.close();
      all.push(...heard(back));
      position = back.lastId();
    }
    await changing;
    const last = await listen(apis[0] as TestApi, position);
    await until(async () => heard(last).length + all.length >= (await written(before)).length);
    all.push(...heard(last));
    assert.ok(turn > 3);
    assert.equal(new Set(all).size, all.length);
    assert.deepEqual(new Set(all), new Set(await written(before)));
  });

  it('takes the position in the address as well, for callers that cannot send headers', async () => {
    const api = await start();
    const listener = await listen(api);
    const before = await newest();
    await change(1);
    const back = await listen(api, undefined, `?last_event_id=${listener.events()[0]?.id}`);
    await hasHeard(back, before);
  });

  it('refuses a position that is damaged before it gets near the database', async () => {
    const api = await start();
    const good = (await listen(api)).lastId();
    const forged = (snapshot: string) => Buffer.from(JSON.stringify(['x', 'y', snapshot])).toString('base64url');
    const tooLong = `1:${'9'.repeat(18)}:${Array.from({ length: 3_000 }, (_, n) => n + 1).join(',')}`;
    assert.equal(encodePosition({ cluster: 'c', snapshot: tooLong }), undefined);
    for (const bad of ['x', good.slice(1), `${good}A`, `${good}=`, good.toUpperCase(), forged('1:2:'), '%00', 'W10']) {
      const header = await api.get('/api/events/', { headers: { 'Last-Event-ID': bad } });
      assert.deepEqual([header.status, header.json.errors?.[0]?.path], [400, 'Last-Event-ID'], bad);
      const query = await api.get(`/api/events/?last_event_id=${bad}`);
      assert.deepEqual([query.status, query.json.errors?.[0]?.path], [400, '?last_event_id'], bad);
    }
  });

  it('sends a heartbeat with the time', async () => {
    const listener = await listen(await start({ eventLimits: { heartbeat: 50 } }));
    await until(() => listener.events().filter(({ event }) => event === 'time').length >= 3);
    const times = listener.events().map(({ data }) => data.now ?? '');
    assert.deepEqual(times, times.toSorted());
  });

  it('says that everything is to be read again when too much came at once, or was missed', async () => {
    const api = await start();
    const listener = await listen(api);
    const old = listener.lastId();
    await database.db.raw(addEntries, [2_001]);
    await listener.hears('reset');
    assert.deepEqual(listener.entries(), []);
    const [behind] = await change(1);
    await until(() => listener.entries().some(({ product_ids }) => product_ids.includes(behind ?? '')));
    const elsewhere = await listen(await start(), old);
    await elsewhere.hears('reset');
  });

  it('says so to those whose position is of another database, or ahead of this one', async () => {
    const api = await start();
    const known = JSON.parse(Buffer.from((await listen(api)).lastId(), 'base64url').toString()) as string[];
    const [, cluster = '', snapshot = ''] = known;
    const ahead = `${10n ** 15n}:${10n ** 15n}:`;
    for (const position of [
      { cluster: `${cluster}0`, snapshot },
      { cluster, snapshot: ahead },
    ]) {
      const listener = await listen(api, encodePosition(position));
      await listener.hears('reset');
    }
  });

  it('follows the changes on one connection, however many listen', async () => {
    const api = await start();
    const crowd = await Promise.all(Array.from({ length: 200 }, () => listen(api)));
    const [id = ''] = await change(1);
    await Promise.all(
      crowd.map((one) => until(() => one.entries().some(({ product_ids }) => product_ids.includes(id)))),
    );
    const { rows } = await database.db.raw<{ rows: unknown[] }>(
      `SELECT 1 FROM pg_stat_activity WHERE application_name = 'earmark api changes' AND datname = current_database()`,
    );
    assert.equal(rows.length, 1);
  });

  it('turns away whoever comes when there are as many streams as there may be, until one ends', async () => {
    const api = await start({ eventLimits: { streams: 2 }, capacity: 1 });
    const [one, two] = [await listen(api), await listen(api)];
    const { status, json, headers } = await api.get('/api/events/');
    assert.deepEqual([status, json.code, headers.get('Retry-After')], [503, 'unavailable', '1']);
    // Streams take no places of other requests.
    assert.equal((await api.get('/api/products/')).status, 200);
    one.close();
    await until(async () => (await listen(api)).status === 200);
    assert.equal(two.end(), undefined);
  });

  it('cuts off a caller that does not read, and nobody else', async () => {
    const api = await start();
    const [lazy, eager] = [await listen(api), await listen(api)];
    lazy.stall();
    const connections = await api.connections();
    let rounds = 0;
    await until(async () => {
      // Large ones, since the sockets on the way take some megabytes before anything waits.
      await database.db.raw(
        `INSERT INTO audit_log (actor, action, object_type, object_id)
         SELECT 'anna', 'PRODUCT_UPDATED', 'Product', repeat('x', 1000) FROM generate_series(1, 1000)`,
      );
      rounds += 1;
      await until(() => eager.entries().length === rounds * 1_000);
      return (await api.connections()) < connections;
    }, 25_000);
    assert.equal(eager.end(), undefined);
  });

  it('goes on for longer than an answer may take', async () => {
    const api = await start({ limits: { answer: 50 } });
    const listener = await listen(api);
    const began = performance.now();
    await until(() => performance.now() - began > 200);
    const [id = ''] = await change(1);
    await until(() => listener.entries().some(({ product_ids }) => product_ids.includes(id)));
  });

  it('ends when its time is over, so that credentials are looked at again, and goes on where it ended', async () => {
    const api = await start({ eventLimits: { heartbeat: 20, life: 200 } });
    const listener = await listen(api);
    await until(() => listener.end() !== undefined);
    assert.equal(listener.end(), 'cleanly');
    const before = await newest();
    await change(1);
    const back = await listen(api, listener.lastId());
    await hasHeard(back, before);
  });

  it('ends cleanly when the server stops, which waits for nobody', async () => {
    // Two seconds and a drain that would take longer than the test may.
    const api = await start({ limits: { drain: 60_000 } });
    const [reading, stalled] = [await listen(api), await listen(api)];
    stalled.stall();
    apis.splice(apis.indexOf(api), 1);
    await api.stop();
    await until(() => reading.end() !== undefined);
    assert.equal(reading.end(), 'cleanly');
  });

  it('goes on without a gap when its connection to the database was ended', async () => {
    const api = await start({ eventLimits: { heartbeat: 20 } });
    const listener = await listen(api);
    const before = await newest();
    for (let round = 0; round < 3; round += 1) {
      await change(2);
      await database.db.raw(endFeeds);
      await change(2);
    }
    await until(async () => heard(listener).length >= (await written(before)).length);
    assert.deepEqual(heard(listener).toSorted(), (await written(before)).toSorted());
    assert.deepEqual(
      listener.events().filter(({ event }) => event === 'reset'),
      [],
    );
    assert.equal(listener.end(), undefined);
  });

  it('takes credentials, and ends when the key is revoked, wherever that was done, but for nobody else', async () => {
    const api = await startGuardedApi({ db: database.db, keeps: 'by notices' });
    apis.push(api);
    const admin = await api.key('admin', 'root');
    const make = async () =>
      expectStatus(
        201,
        await api.post<{ id: string; key: string }>('/api/keys/', { name: 'screen', role: 'viewer' }, { ...admin }),
      );
    const [first, second] = [await make(), await make()];
    const follow = async (key: string, lastId?: string): Promise<Listener> => {
      const resumed = lastId === undefined ? {} : { 'Last-Event-ID': lastId };
      const listener = await listenTo(api.url, { headers: { Authorization: `Bearer ${key}`, ...resumed } });
      listeners.push(listener);
      return listener;
    };
    assert.equal((await listenTo(api.url)).status, 401);
    const [ended, other] = [await follow(first.key), await follow(second.key)];
    await Promise.all([ended.hears('hello'), other.hears('hello')]);
    expectStatus(200, await api.post(`/api/keys/${first.id}/revoke/`, undefined, { ...admin }));
    await until(() => ended.end() === 'cleanly');
    assert.equal((await follow(first.key, ended.lastId())).status, 401);
    await other.hearsOf(first.id);
    assert.equal(other.end(), undefined);
    // Among more than is told one by one, a key of theirs may have been revoked: they come back and are looked at again.
    await database.db.raw(addEntries, [2_001]);
    await until(() => other.end() === 'cleanly');
    assert.equal(other.events().at(-1)?.event, 'reset');
    assert.equal((await follow(second.key, other.lastId())).status, 200);
  });

  it('is 503 while nobody has ever said what changes', async () => {
    const api = await start({ keeps: undefined } as never);
    const { status, json } = await api.get('/api/events/', { headers: { 'X-Request-Id': randomUUID() } });
    assert.deepEqual([status, json.code], [503, 'unavailable']);
  });
});
