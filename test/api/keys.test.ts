import assert from 'node:assert/strict';
import { expectStatus } from '../support/api.ts';
import { startGuardedApi, type Bearer, type GuardedApi } from '../support/credentials.ts';

interface KeyWire {
  readonly id: string;
  readonly key: string | null;
  readonly [field: string]: unknown;
}

interface EntryWire {
  readonly actor: string;
  readonly action: string;
  readonly object_id: string;
  readonly [field: string]: unknown;
}

describe('API keys over HTTP', () => {
  let api: GuardedApi;
  let admin: Bearer;

  before(async () => {
    api = await startGuardedApi();
    admin = await api.key('admin', 'root');
  });
  after(() => api.stop());

  const make = async (body: object, headers: Record<string, string> = {}): Promise<KeyWire> =>
    expectStatus(201, await api.post<KeyWire>('/api/keys/', body, { ...admin, ...headers }));
  const asks = async (key: string | null) =>
    (await api.get('/api/products/', { headers: { Authorization: `Bearer ${key}` } })).status;

  it('are shown once and let their callers in until they are revoked, from the next request on', async () => {
    const made = await make({ name: 'web-shop', role: 'viewer' });
    assert.match(String(made.key), new RegExp(`^earmark_${made.id}_[\\w-]{43}$`));
    assert.equal(await asks(made.key), 200);

    const { key: _, ...shown } = made;
    const read = await api.get<KeyWire>(`/api/keys/${made.id}/`, { headers: { ...admin } });
    assert.deepEqual(expectStatus(200, read), shown);

    const revoked = await api.post<KeyWire>(`/api/keys/${made.id}/revoke/`, undefined, { ...admin });
    assert.notEqual(expectStatus(200, revoked)['revoked_at'], null);
    assert.equal(await asks(made.key), 401);
    // Once more changes nothing.
    const again = await api.post<KeyWire>(`/api/keys/${made.id}/revoke/`, undefined, { ...admin });
    assert.deepEqual(expectStatus(200, again), expectStatus(200, revoked));
  });

  it('are listed newest first, page by page, without anything secret', async () => {
    const made = [];
    for (const name of ['one', 'two', 'three']) made.unshift((await make({ name, role: 'operator' })).id);
    const first = await api.get<KeyWire[]>('/api/keys/?limit=2', { headers: { ...admin } });
    const second = await api.get<KeyWire[]>(`/api/keys/?limit=1&cursor=${first.json.next_cursor}`, {
      headers: { ...admin },
    });
    assert.deepEqual(
      [...expectStatus(200, first), ...expectStatus(200, second)].map(({ id }) => id),
      made,
    );
    assert.doesNotMatch(first.text, /hash|"key"/);
  });

  it('are audited with who made and who revoked them, and never with what they are', async () => {
    const made = await make({ name: 'audited', role: 'operator', expires_at: '2099-01-01' });
    await api.post(`/api/keys/${made.id}/revoke/`, undefined, { ...admin, 'X-Actor': 'anna' });
    const path = `/api/audit-log/?object_type=ApiKey&object_id=${made.id}`;
    const log = await api.get<EntryWire[]>(path, { headers: { ...admin } });
    const told = { name: 'audited', role: 'operator', expires_at: '2099-01-01T00:00:00.000Z' };
    assert.deepEqual(
      expectStatus(200, log).map(({ actor, on_behalf_of, action, old_value, new_value }) => [
        actor,
        on_behalf_of,
        action,
        old_value,
        new_value,
      ]),
      [
        ['key:root', 'anna', 'KEY_REVOKED', told, null],
        ['key:root', null, 'KEY_CREATED', null, told],
      ],
    );
    const secret = String(made.key).slice(-43);
    assert.ok(!log.text.includes(secret));
  });

  it('are made once for one Idempotency-Key, and a repeat has everything but the secret', async () => {
    const headers = { 'Idempotency-Key': 'make-a-key-once' };
    const first = await make({ name: 'once', role: 'viewer' }, headers);
    const again = await make({ name: 'once', role: 'viewer' }, headers);
    assert.equal(await asks(first.key), 200);
    assert.deepEqual(again, { ...first, key: null });
    const stored = JSON.stringify(await api.db('idempotency_keys').select());
    assert.ok(!stored.includes(String(first.key).slice(-43)));
  });

  it('of one name are one caller, so that one can take the place of the other', async () => {
    const [old, next] = [await make({ name: 'till', role: 'admin' }), await make({ name: 'till', role: 'admin' })];
    const warehouse = { code: 'TILL', name: 'Till' };
    const send = (key: string | null) =>
      api.post('/api/warehouses/', warehouse, { Authorization: `Bearer ${key}`, 'Idempotency-Key': 'the-same-caller' });
    expectStatus(201, await send(old.key));
    await api.post(`/api/keys/${old.id}/revoke/`, undefined, { ...admin });
    const repeated = await send(next.key);
    assert.equal(expectStatus(201, repeated) !== undefined && repeated.headers.get('Idempotent-Replayed'), 'true');
  });

  for (const [what, body, path] of [
    ['no name', { role: 'viewer' }, '/name'],
    ['a name with a blank', { name: 'web shop', role: 'viewer' }, '/name'],
    ['a name of 65 characters', { name: 'x'.repeat(65), role: 'viewer' }, '/name'],
    ['an unknown role', { name: 'x', role: 'root' }, '/role'],
    ['an end in the past', { name: 'x', role: 'viewer', expires_at: '2020-01-01' }, '/expires_at'],
    ['an end that is no time', { name: 'x', role: 'viewer', expires_at: 'soon' }, '/expires_at'],
  ] as const) {
    it(`are not made with ${what}`, async () => {
      const { status, json } = await api.post('/api/keys/', body, { ...admin });
      assert.equal(status, 400);
      assert.deepEqual(
        json.errors?.map((error) => error.path),
        [path],
      );
    });
  }

  it('are 404 when there is none', async () => {
    for (const id of ['aaaaaaaaaaaa', 'x', '..']) {
      const { status } = await api.get(`/api/keys/${encodeURIComponent(id)}/`, { headers: { ...admin } });
      assert.equal(status, 404);
    }
    assert.equal((await api.post('/api/keys/aaaaaaaaaaaa/revoke/', undefined, { ...admin })).status, 404);
  });
});
