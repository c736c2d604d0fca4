import assert from 'node:assert/strict';
import { expectStatus, createWarehouse, startApi, type TestApi, type WarehouseWire } from '../support/api.ts';
import { assertBooksBalance } from '../support/books.ts';
import { assertOneAnswer, assertReplayOf, keyed } from '../support/idempotency.ts';
import { rowCounts } from '../support/row-counts.ts';

interface Entry {
  readonly action: string;
  readonly object_type: string;
  readonly old_value: unknown;
  readonly new_value: unknown;
  readonly actor: string;
  readonly workflow_id: string | null;
}

describe('warehouses', () => {
  let api: TestApi;

  before(async () => {
    api = await startApi();
  });
  after(() => api.stop());
  afterEach(() => assertBooksBalance(api.db));

  const create = (fields: object, headers = {}) =>
    api.post<WarehouseWire>('/api/warehouses/', { name: 'Somewhere', ...fields }, headers);
  const change = (code: string, body: object) =>
    api.request<WarehouseWire>('PATCH', `/api/warehouses/${code}/`, { body, headers: { 'X-Actor': 'bert' } });
  const read = async (code: string) => expectStatus(200, await api.get<WarehouseWire>(`/api/warehouses/${code}/`));
  const auditOf = async (code: string) => {
    const { json } = await api.get<Entry[]>(`/api/audit-log/?object_id=${code}`);
    return json.data.map(({ action, object_type, old_value, new_value, actor, workflow_id }) => {
      return { action, object_type, old_value, new_value, actor, workflow_id };
    });
  };

  describe('POST /api/warehouses/', () => {
    it('creates one and answers 201 with its address', async () => {
      const body = { code: 'ham-1', name: 'Cafe\u0301', region: 'north', priority: 7, active: false };
      const reply = await create(body, { 'X-Actor': 'anna' });
      const { created_at, updated_at, ...rest } = expectStatus(201, reply);
      const fields = { code: 'HAM-1', name: 'Caf\u00e9', region: 'north', priority: 7, active: false };
      assert.deepEqual(rest, fields);
      assert.equal(created_at, updated_at);
      assert.equal(reply.headers.get('Location'), '/api/warehouses/HAM-1/');
      assert.deepEqual(await read('HAM-1'), reply.json.data);
      assert.deepEqual(await auditOf('HAM-1'), [
        {
          action: 'WAREHOUSE_CREATED',
          object_type: 'Warehouse',
          old_value: null,
          new_value: fields,
          actor: 'anna',
          workflow_id: null,
        },
      ]);
    });

    it('takes it as active, of priority 100 and of no region when nobody says otherwise', async () => {
      const { region, priority, active } = expectStatus(201, await create({ code: 'PLAIN' }));
      assert.deepEqual({ region, priority, active }, { region: null, priority: 100, active: true });
    });

    it('takes a region of null, as it tells of one without', async () => {
      const { code, name, region } = expectStatus(201, await create({ code: 'NULL', region: null }));
      assert.deepEqual({ code, name, region }, { code: 'NULL', name: 'Somewhere', region: null });
      assert.equal((await read('NULL')).region, null);
    });

    it('takes codes of 1 to 32 letters, digits, dots, underscores and hyphens', async () => {
      for (const code of ['7', 'A._-', 'x'.repeat(32)]) {
        assert.equal(expectStatus(201, await create({ code })).code, code.toUpperCase());
        assert.equal((await read(code)).code, code.toUpperCase());
      }
    });

    it('refuses a code that is taken in any case with 409 and creates nothing', async () => {
      await createWarehouse(api, { code: 'TAKEN' });
      const rows = await rowCounts(api.db);
      for (const [code, fields] of [
        ['TAKEN', {}],
        ['taken', { name: 'Other', region: 'south' }],
        ['MAIN', {}],
        ['main', { active: false }],
      ] as const) {
        const { status, json } = await create({ code, ...fields });
        assert.deepEqual([status, json.code, json['warehouse']], [409, 'code-taken', code.toUpperCase()]);
        assert.equal(json.detail, `The warehouse code ${code.toUpperCase()} is taken.`);
      }
      assert.deepEqual(await rowCounts(api.db), rows);
    });

    it('creates one when many of the same code come at once, and refuses the others', async () => {
      const replies = await Promise.all(Array.from({ length: 8 }, (_, n) => create({ code: 'RACE', priority: n })));
      const made = replies.filter(({ status }) => status === 201);
      assert.equal(made.length, 1);
      assert.ok(replies.every((reply) => made.includes(reply) || reply.json.code === 'code-taken'));
      assert.deepEqual(await read('RACE'), made[0]?.json.data);
      assert.equal((await auditOf('RACE')).length, 1);
    });

    it('does nothing again with the same Idempotency-Key', async () => {
      const key = keyed();
      const first = await create({ code: 'ONCE' }, key);
      assert.equal(first.status, 201);
      assertReplayOf(first, await create({ code: 'once', priority: 100 }, key));
      const other = await create({ code: 'ONCE', priority: 1 }, key);
      assert.deepEqual([other.status, other.json.code], [422, 'idempotency-key-reused']);
      const again = await create({ code: 'ONCE' }, keyed());
      assert.deepEqual([again.status, again.json.code], [409, 'code-taken']);
      const many = keyed();
      await assertOneAnswer(201, 10, () => create({ code: 'MANY' }, many));
    });

    it('refuses a code, region or priority that is out of bounds, each named', async () => {
      const { status, json } = await create({ code: '-x', region: '', priority: -1, active: 'yes' });
      assert.equal(status, 400);
      assert.deepEqual(json.errors, [
        {
          path: '/code',
          message: 'must be 1 to 32 letters, digits, dots, underscores or hyphens, the first a letter or a digit',
        },
        {
          path: '/region',
          message: 'must be text of 1 to 50 characters, not only blanks and without control characters',
        },
        { path: '/priority', message: 'must be a whole number from 0 to 1,000,000' },
        { path: '/active', message: 'must be true or false' },
      ]);
    });
  });

  describe('GET /api/warehouses/{code}/', () => {
    it('reads one by its code in any case', async () => {
      await createWarehouse(api, { code: 'READ.ME' });
      assert.deepEqual(await read('read.me'), await read('READ.ME'));
      assert.equal((await read('MAIN')).name, 'Main warehouse');
    });

    it('answers 404 for a code that is not there or is malformed', async () => {
      for (const code of ['NOWHERE', '-', 'a b', '%00', 'x'.repeat(33), '%C3%A4', 'A%0A']) {
        const { status, json } = await api.get(`/api/warehouses/${code}/`);
        assert.deepEqual([status, json.code], [404, 'not-found'], code);
      }
      assert.equal((await api.get('/api/warehouses/nowhere/')).json.detail, 'There is no warehouse NOWHERE.');
    });
  });

  describe('GET /api/warehouses/', () => {
    let other: TestApi;

    before(async () => {
      other = await startApi();
      for (const [code, priority, active] of [
        ['B', 5, true],
        ['A', 5, true],
        ['C', 50, false],
        ['Z', 0, true],
        ['D', 1_000_000, true],
        ['E', 9, false],
      ] as const) {
        await createWarehouse(other, { code, priority, active });
      }
    });
    after(() => other.stop());

    const codes = async (query: string) => {
      const { json } = await other.get<WarehouseWire[]>(`/api/warehouses/${query}`);
      return { codes: json.data.map(({ code }) => code).join(), next: json.next_cursor };
    };

    it('lists them in the order in which they are used: priority as a number, then code', async () => {
      assert.deepEqual(await codes(''), { codes: 'Z,A,B,E,C,MAIN,D', next: null });
    });

    it('filters by activity', async () => {
      assert.equal((await codes('?active=true')).codes, 'Z,A,B,MAIN,D');
      assert.equal((await codes('?active=false')).codes, 'E,C');
    });

    for (const limit of [1, 2, 3]) {
      it(`gives pages of ${limit} whose cursors lead through all once`, async () => {
        const pages: string[] = [];
        let next: string | null = '';
        while (next !== null) {
          const page: Awaited<ReturnType<typeof codes>> = await codes(
            `?limit=${limit}${next === '' ? '' : `&cursor=${next}`}`,
          );
          pages.push(page.codes);
          ({ next } = page);
        }
        assert.equal(pages.join(), 'Z,A,B,E,C,MAIN,D');
        assert.equal(pages.length, Math.ceil(7 / limit));
      });
    }

    it('refuses the cursor of another filter', async () => {
      const { next } = await codes('?limit=1&active=true');
      const { status, json } = await other.get(`/api/warehouses/?limit=1&cursor=${next}`);
      assert.deepEqual([status, json.errors?.[0]?.path], [400, '?cursor']);
    });
  });

  describe('PATCH /api/warehouses/{code}/', () => {
    it('changes the given fields only and audits old and new of these', async () => {
      const made = await createWarehouse(api, { code: 'MOVING', region: 'north', priority: 3 });
      const reply = await change('moving', { name: 'Moved', region: null, priority: 3, active: false });
      const { updated_at, ...rest } = expectStatus(200, reply);
      const after = { ...made, name: 'Moved', region: null, active: false, updated_at: '' };
      assert.deepEqual({ ...rest, updated_at: '' }, after);
      assert.ok(updated_at >= made.updated_at);
      assert.deepEqual(await read('MOVING'), reply.json.data);
      assert.deepEqual((await auditOf('MOVING'))[0], {
        action: 'WAREHOUSE_UPDATED',
        object_type: 'Warehouse',
        old_value: { name: 'MOVING', region: 'north', active: true },
        new_value: { name: 'Moved', region: null, active: false },
        actor: 'bert',
        workflow_id: null,
      });
    });

    it('changes each field by itself', async () => {
      await createWarehouse(api, { code: 'EACH' });
      for (const fields of [{ name: 'x' }, { region: 'south' }, { priority: 0 }, { active: false }, { active: true }]) {
        const [name = '', value] = Object.entries(fields)[0] ?? [];
        const changed: Record<string, unknown> = expectStatus(200, await change('EACH', fields));
        assert.deepEqual(changed[name], value);
        assert.deepEqual((await auditOf('EACH'))[0]?.new_value, fields);
      }
    });

    it('writes nothing when nothing changes', async () => {
      const { name, region, priority, active, ...rest } = await createWarehouse(api, { code: 'SAME', region: 'west' });
      const rows = await rowCounts(api.db);
      const reply = await change('SAME', { name, region, priority, active });
      assert.deepEqual(expectStatus(200, reply), { name, region, priority, active, ...rest });
      assert.deepEqual(await rowCounts(api.db), rows);
    });

    it('refuses an empty change, and another code, with 400', async () => {
      await createWarehouse(api, { code: 'EMPTY' });
      const { status, json } = await change('EMPTY', {});
      assert.equal(status, 400);
      assert.deepEqual(json.errors, [
        { path: '', message: 'must have at least one of name, region, priority, active' },
      ]);
      assert.deepEqual((await change('EMPTY', { code: 'FULL', name: 'x' })).json.errors, [
        { path: '/code', message: 'is not known here' },
      ]);
    });

    it('keeps MAIN active: 409, and nothing else is changed either', async () => {
      const before = await read('MAIN');
      const { status, json } = await change('main', { name: 'Gone', active: false });
      assert.deepEqual([status, json.code, json['warehouse']], [409, 'default-warehouse', 'MAIN']);
      assert.deepEqual(await read('MAIN'), before);
      assert.equal(expectStatus(200, await change('MAIN', { priority: 99, active: true })).priority, 99);
      assert.equal(expectStatus(200, await change('MAIN', { priority: 100 })).priority, 100);
    });

    it('loses no change when two of different fields come at once', async () => {
      await createWarehouse(api, { code: 'BOTH' });
      await Promise.all([change('BOTH', { name: 'Both' }), change('BOTH', { region: 'east' })]);
      const { name, region } = await read('BOTH');
      assert.deepEqual([name, region], ['Both', 'east']);
      assert.equal((await auditOf('BOTH')).length, 3);
    });

    it('answers 404 for one that does not exist', async () => {
      for (const body of [{ name: 'x' }, { active: false }]) {
        const { status, json } = await change('NOWHERE', body);
        assert.deepEqual([status, json.code], [404, 'not-found']);
      }
    });
  });
});
