import assert from 'node:assert/strict';
import { v4 as uuidv4 } from 'uuid';
import { createProduct, expectStatus, startApi, type TestApi } from '../support/api.ts';

interface Entry {
  id: string;
  actor: string;
  action: string;
  object_id: string;
  timestamp: string;
  request_id: string;
}

describe('GET /api/audit-log/', () => {
  let api: TestApi;

  before(async () => {
    api = await startApi();
  });
  after(() => api.stop());

  const entriesOf = async (query: string) =>
    expectStatus(200, await api.get<Entry[]>(`/api/audit-log/?limit=100&${query}`));

  it('shows who did what under which request, newest first', async () => {
    const requestId = uuidv4();
    const headers = { 'X-Actor': 'audit anna', 'X-Request-Id': requestId };
    const body = { name: 'Lamp', price: 1, total_stock: 1 };
    const { json } = await api.post<{ id: string }>('/api/products/', body, headers);
    const entries = await entriesOf('actor=audit%20anna');
    assert.deepEqual(
      entries.map(({ action, object_id, request_id }) => [action, object_id, request_id]),
      [
        ['STOCK_ADJUSTED', `${json.data.id}/MAIN`, requestId],
        ['PRODUCT_CREATED', json.data.id, requestId],
      ],
    );
  });

  it('filters by object, action and time', async () => {
    const { id } = await createProduct(api);
    const [created] = await entriesOf(`object_type=Product&object_id=${id}`);
    assert.equal(created?.action, 'PRODUCT_CREATED');
    const at = created?.timestamp ?? '';
    const count = async (query: string) => (await entriesOf(`object_id=${id}&${query}`)).length;
    assert.equal(await count('action=PRODUCT_CREATED'), 1);
    assert.equal(await count('action=PRODUCT_UPDATED'), 0);
    assert.equal(await count('object_type=Order'), 0);
    assert.equal(await count(`start_date=${at}`), 1);
    assert.equal(await count(`end_date=${at}`), 0);
    assert.equal(await count(`end_date=${at.slice(0, 10)}`), 1);
  });

  it('gives pages in which every entry appears once', async () => {
    for (let index = 0; index < 6; index++) await createProduct(api);
    const expected = (await entriesOf('action=PRODUCT_CREATED')).map(({ id }) => id);
    const seen: string[] = [];
    let cursor = '';
    do {
      const query = `action=PRODUCT_CREATED&limit=4${cursor && `&cursor=${cursor}`}`;
      const { json } = await api.get<Entry[]>(`/api/audit-log/?${query}`);
      seen.push(...json.data.map(({ id }) => id));
      cursor = json.next_cursor ?? '';
    } while (cursor !== '');
    assert.deepEqual(seen, expected);
  });
});
