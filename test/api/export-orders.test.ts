import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { parse } from 'csv-parse/sync';
import { exportOrders } from '../../src/api/export-orders.ts';
import { exportGate, Gate } from '../../src/api/gate.ts';
import { orderSorts } from '../../src/persistence/order-lists.ts';
import { startApi, type OrderWire, type TestApi } from '../support/api.ts';
import { insertManyOrderRows, insertOrderRows } from '../support/order-rows.ts';
import { stockedProduct } from '../support/orders.ts';
import { asRole } from '../support/postgres.ts';
import { until } from '../support/until.ts';
import { dial, exchange } from '../support/wire.ts';

const path = '/api/orders.csv';

const columns = [
  ...['id', 'status', 'reference', 'quantity', 'total', 'currency', 'lines', 'skus', 'cancel_reason', 'placed_by'],
  ...['created_at', 'updated_at', 'expires_at', 'workflow_id'],
];

const at = (second: number): string => new Date(Date.UTC(2026, 1, 1, 0, 0, second)).toISOString();

/** The cells of a CSV, header line included. */
const cellsOf = (csv: string): string[][] => parse(csv);

/** The row that an order is. */
const rowOf = (order: OrderWire): string[] => {
  const named = { ...order, lines: order.lines.length, skus: order.lines.map(({ product }) => product.sku).join(' ') };
  const cells: Readonly<Record<string, unknown>> = named;
  return columns.map((column) => {
    const cell = cells[column] ?? '';
    assert.ok(typeof cell === 'string' || typeof cell === 'number', column);
    return String(cell);
  });
};

describe('An export of orders', function () {
  this.timeout(60_000);
  let api: TestApi;
  let product: string;
  let sku: string;

  const fetchRows = async (query = ''): Promise<string[][]> => {
    const { status, text } = await api.get(`${path}${query}`);
    assert.equal(status, 200, text);
    return cellsOf(text);
  };

  /** The same by pages. */
  const listRows = async (query = ''): Promise<string[][]> => {
    const rows = [columns];
    let cursor: string | null = '';
    while (cursor !== null) {
      const page: { json: { data: OrderWire[]; next_cursor: string | null } } = await api.get<OrderWire[]>(
        `/api/orders/?limit=100${query}${cursor === '' ? '' : `&cursor=${cursor}`}`,
      );
      rows.push(...page.json.data.map(rowOf));
      cursor = page.json.next_cursor;
    }
    return rows;
  };

  describe('of a few batches', () => {
    before(async () => {
      api = await startApi();
      ({ id: product, sku } = await stockedProduct(api.db));
      await insertManyOrderRows(api.db, product, { count: 1_203, reference: 'cart-1' });
      await insertOrderRows(api.db, product, [
        { createdAt: at(1), status: 'cancelled', totalMinor: 99_999, reference: 'Größe 3, "rot"' },
        { createdAt: at(2), status: 'pending', totalMinor: 5 },
      ]);
    });
    after(() => api.stop());

    for (const sort of orderSorts) {
      it(`is the whole list in its order: ${sort}`, async () => {
        const rows = await fetchRows(`?sort=${sort}`);
        assert.equal(rows.length, 1_206);
        assert.deepEqual(rows, await listRows(`&sort=${sort}`));
      });
    }

    it('has the newest first unless it says otherwise', async () => {
      assert.deepEqual(await fetchRows(), await listRows());
    });

    for (const query of [
      'status=pending,cancelled',
      'status=delivered&sort=total',
      'reference=cart-1&max_total=1.02',
      'min_total=999.99',
      'start_date=2026-01-01T00:01:00Z&end_date=2026-01-01T00:05:00Z',
      'reference=nobody',
    ]) {
      it(`is filtered as the list is: ${query}`, async () => {
        const rows = await fetchRows(`?${query}`);
        assert.ok(rows.length < 1_206);
        assert.deepEqual(rows, await listRows(`&${query}`));
      });
    }

    it('is filtered by product, and in a file without orders there are the names of the columns', async () => {
      const { id: other } = await stockedProduct(api.db);
      assert.deepEqual(await fetchRows(`?product_id=${other}`), [columns]);
      assert.equal((await fetchRows(`?product_id=${product}`)).length, 1_206);
    });

    it('is a CSV of RFC 4180 in UTF-8, to be kept as a file', async () => {
      const { headers, text } = await api.get(`${path}?status=pending,cancelled&sort=created_at`);
      assert.equal(headers.get('Content-Type'), 'text/csv; charset=utf-8');
      assert.equal(headers.get('Content-Disposition'), 'attachment; filename="orders.csv"');
      assert.equal(headers.get('Cache-Control'), 'no-store');
      const [head, first, second, end] = text.split('\r\n');
      assert.equal(head, columns.join(','));
      assert.match(first ?? '', /,cancelled,"Größe 3, ""rot""",1,999\.99,EUR,1,/);
      assert.match(second ?? '', new RegExp(`,pending,,1,0\\.05,EUR,1,${sku},,anna,`));
      assert.equal(end, '');
      assert.equal(text.split('\n').length, text.split('\r\n').length);
    });

    it('is at its address with and without a slash, beside the orders themselves', async () => {
      const [one, other] = [await api.get(path), await api.get(`${path}/`)];
      assert.equal(one.text, other.text);
      assert.equal((await api.get('/api/orders/orders.csv/')).status, 404);
      assert.equal((await api.get('/api/orders_csv')).status, 404);
    });

    for (const [query, place] of [
      ['limit=10', '?limit'],
      ['cursor=x', '?cursor'],
      ['sort=id', '?sort'],
      ['status=lost', '?status.0'],
      ['nonsense=1', '?nonsense'],
    ] as const) {
      it(`refuses ${query}`, async () => {
        const { status, json, headers } = await api.get(`${path}?${query}`);
        assert.equal(status, 400);
        assert.ok(place.startsWith(json.errors?.[0]?.path ?? 'nothing'));
        assert.equal(headers.get('Content-Disposition'), null);
      });
    }

    it('is asked about by HEAD at the cost of its first batch, and leaves nothing behind', async () => {
      const statements = countStatements();
      for (let time = 1; time <= 20; time++) {
        const { status, headers, text } = await api.request('HEAD', path);
        assert.deepEqual([status, text, headers.get('Content-Type')], [200, '', 'text/csv; charset=utf-8']);
      }
      const perHead = statements() / 20;
      await api.get(path);
      assert.equal(statements() - perHead * 20, perHead * 3);
      assert.equal((await api.get(path)).status, 200);
    });
  });

  describe('whose cells come from callers', () => {
    before(async () => {
      api = await startApi();
      ({ id: product } = await stockedProduct(api.db));
    });
    after(() => api.stop());

    it('has none that a spreadsheet would take for a formula', async () => {
      const formulas = ['=', '+', '-', '@', '\uff1d', '\uff0b', '\uff0d', '\uff20'].map((sign) => `${sign}cmd|'/c'!A1`);
      const harmless = ['a=b', '1-2', "'quoted", 'x, =y', '"=z"'];
      const references = [...formulas, ...harmless];
      await insertOrderRows(
        api.db,
        product,
        references.map((reference, second) => ({ createdAt: at(second), reference })),
      );
      await api.db('orders').where({ reference: 'a=b' }).update({ placed_by: '@SUM(A1)' });
      const [, ...rows] = await fetchRows('?sort=created_at');
      assert.deepEqual(
        rows.map((row) => row[2]),
        [...formulas.map((formula) => `'${formula}`), ...harmless],
      );
      assert.deepEqual(
        rows.map((row) => row[9]).filter((name) => name !== 'anna'),
        ["'@SUM(A1)"],
      );
      assert.deepEqual(new Set(rows.map((row) => row[3])), new Set(['1']));
    });
  });

  describe('that is long', () => {
    const orders = 25_000;
    /** Of one statement each. */
    const batches = orders / 500;
    let sockets: Socket[] = [];

    before(async () => {
      api = await startApi({ limits: { drain: 500 } });
      ({ id: product } = await stockedProduct(api.db));
      // Some 700 bytes each: far more than what the systems of both sides keep of a connection.
      await insertManyOrderRows(api.db, product, { count: orders, reference: '\u{1f4a1}'.repeat(100) });
      await api.db.raw('ANALYZE orders, order_lines');
    });
    afterEach(() => {
      for (const socket of sockets) socket.destroy();
      sockets = [];
    });
    after(() => api.stop());

    /** Asks for it on a connection of its own, and reads nothing of it yet. */
    async function ask(): Promise<Socket> {
      const socket = await dial(api.url, `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
      socket.on('error', () => undefined);
      sockets.push(socket);
      return socket;
    }

    /** Reads the first bytes, and then nothing more. */
    async function begin(): Promise<Socket> {
      const socket = await ask();
      const [head] = (await once(socket, 'data')) as [Buffer];
      socket.pause();
      assert.match(head.toString(), /^HTTP\/1\.1 200 OK\r\n/);
      return socket;
    }

    /** Waits until no statement is sent any more. */
    async function quiet(statements: () => number): Promise<number> {
      let seen = -1;
      let since = 0;
      await until(() => {
        if (statements() !== seen) [seen, since] = [statements(), performance.now()];
        return performance.now() - since > 500;
      }, 30_000);
      return seen;
    }

    it('is read no faster than its caller takes it, and to its end', async () => {
      const statements = countStatements();
      const socket = await begin();
      const early = await quiet(statements);
      let [bytes, tail] = [0, ''];
      socket.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        tail = (tail + chunk.toString('latin1')).slice(-20);
      });
      socket.resume();
      await until(() => tail.endsWith('\r\n0\r\n\r\n'), 30_000);
      assert.ok(bytes > orders * 600, `${bytes} bytes`);
      assert.equal(statements(), batches);
      assert.ok(early < batches / 1.2, `${early} statements before anything was read`);
    });

    it('is read no further once its caller hangs up', async () => {
      const statements = countStatements();
      const socket = await begin();
      socket.destroy();
      await quiet(statements);
      assert.ok(statements() < batches / 1.2, `${statements()} statements`);
    });

    it('is not complete when the database fails on the way, and the caller sees that; the log says why', async () => {
      const statements = countStatements();
      const socket = await begin();
      await quiet(statements);
      await api.db.schema.renameTable('order_lines', 'order_lines_elsewhere');
      try {
        let tail = '';
        for await (const chunk of socket) {
          tail = (tail + (chunk as Buffer).toString('latin1')).slice(-20);
          // A chunk may end with a row that ends with a 0: the last one is empty.
          assert.ok(!tail.endsWith('\r\n0\r\n\r\n'), 'what broke off ends like a whole export');
        }
        // The caller may see it before it is written down.
        const line = () => api.lines.find(({ msg }) => msg === 'an export broke off');
        await until(() => line() !== undefined);
        assert.ok(line()?.['request_id']);
      } finally {
        await api.db.schema.renameTable('order_lines_elsewhere', 'order_lines');
      }
      await assert.doesNotReject(begin());
    });

    it('fails as a whole for a client that reads it as one', async () => {
      const response = await fetch(new URL(path, api.url));
      const reader = response.body?.getReader();
      await reader?.read();
      const statements = countStatements();
      await quiet(statements);
      await api.db.schema.renameTable('order_lines', 'order_lines_elsewhere');
      try {
        const readAll = async () => {
          while (!(await reader?.read())?.done);
        };
        await assert.rejects(readAll);
      } finally {
        await api.db.schema.renameTable('order_lines_elsewhere', 'order_lines');
      }
    });

    it('is one of a few: the next ones wait a moment, and are turned away before anything is read', async () => {
      const few = await Promise.all(Array.from({ length: exportGate.working }, begin));
      const answer = await exchange(api.url, `GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
      assert.equal(answer.status, 503);
      assert.match(answer.body, /Too many exports at once/);
      assert.equal((await api.get('/api/orders/')).status, 200);
      for (const socket of few) socket.destroy();
      const next = await begin();
      next.destroy();
    });

    it('ends when the API stops, with those that go on reading as with those that do not', async () => {
      const statements = countStatements();
      const [deaf] = [await begin(), await begin()];
      await quiet(statements);
      const closed = once(deaf, 'close');
      await api.stop();
      deaf.resume();
      await closed;
      const seen = statements();
      assert.equal(await quiet(statements), seen);
      api = await startApi();
    });
  });

  describe('that cannot begin', () => {
    before(async () => {
      api = await startApi();
    });
    after(() => api.stop());

    it('is a problem, not a file', async () => {
      await api.db.schema.renameTable('order_lines', 'order_lines_elsewhere');
      const { status, json, headers } = await api.get(path);
      assert.deepEqual([status, json.code, headers.get('Content-Disposition')], [500, 'internal', null]);
      await api.db.schema.renameTable('order_lines_elsewhere', 'order_lines');
    });

    it('is 503 while the database does not answer, and keeps no place', async () => {
      const statuses = await api.db.transaction(async (trx) => {
        await trx.raw('LOCK TABLE orders IN ACCESS EXCLUSIVE MODE');
        const asking = Array.from({ length: exportGate.working }, () => api.get(path));
        return (await Promise.all(asking)).map(({ status, json }) => [status, json.code]);
      });
      assert.deepEqual(new Set(statuses.map(String)), new Set(['503,unavailable']));
      for (let time = 0; time <= exportGate.working; time++) assert.equal((await api.get(path)).status, 200);
    });
  });

  it('gives its place back when its stream is destroyed before anybody reads it', async () => {
    api = await startApi();
    try {
      const gate = new Gate({ working: 1, waiting: 1, patience: 20_000, of: 'exports' });
      const asked = { db: api.db, filters: {}, sort: 'created_at', currency: 'EUR', failed: () => undefined } as const;
      const first = await exportOrders(gate, asked);
      const second = exportOrders(gate, asked);
      await assert.rejects(exportOrders(gate, asked), /Too many exports/);
      first.destroy();
      assert.equal(await text(await second), `${columns.join(',')}\r\n`);
      await (await exportOrders(gate, asked)).toArray();
    } finally {
      await api.stop();
    }
  });

  /** Counts what the API asks the database from now on. */
  function countStatements(): () => number {
    let count = 0;
    asRole(api.db, 'api').on('query', () => (count += 1));
    return () => count;
  }
});
