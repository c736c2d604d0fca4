import assert from 'node:assert/strict';
import fc from 'fast-check';
import { limits } from '../../src/domain/limits.ts';
import {
  createProduct,
  expectStatus,
  startApi,
  type OrderWire,
  type ProductWire,
  type TestApi,
} from '../support/api.ts';
import type { Reply } from '../support/http.ts';

const largestPrice = Number(limits.priceMinor) / 100;

/** Strings of any UTF-16 code units, lone surrogates too, with many of what is awkward. */
const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 250 }),
  fc.string({ unit: 'grapheme', maxLength: 120 }),
  fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 20 }).map((units) => String.fromCharCode(...units)),
  fc.string({ unit: fc.constantFrom('\u0000', '\u202e', '\ud83d', '\ude00', 'e\u0301', '\u200f', ' ', "'", '\\') }),
);

/** Text that anybody would take for a name. */
const readable = fc.stringMatching(/^[\p{L}\p{N}\p{P}\p{Emoji} ]{0,50}\p{L}$/u);

const anyNumber = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.integer({ min: -5, max: 5 }),
  fc.integer({ min: -(2 ** 31) - 2, max: 2 ** 31 + 2 }),
  fc.maxSafeInteger(),
  fc.integer({ min: -1_000, max: 1_000_000_100 }).map((minor) => minor / 100),
  fc.integer({ min: -10, max: 10_000 }).map((mills) => mills / 1000),
);

const anyValue = fc.oneof(fc.jsonValue(), anyText, anyNumber);

/** Any number, written as JSON with all its digits or with an exponent that no number has. */
const anyNumberText = fc.oneof(
  anyNumber.map((number) => JSON.stringify(number)),
  fc.tuple(fc.maxSafeInteger(), fc.integer({ min: -400, max: 400 })).map(([digits, power]) => `${digits}e${power}`),
  fc.bigInt().map(String),
);

describe('Any value', () => {
  let api: TestApi;
  let product: ProductWire;

  before(async () => {
    api = await startApi();
    await api.startWorker();
    product = await createProduct(api, { total_stock: 1_000_000 });
  });
  after(() => api.stop());

  const productWith = (field: string, json: string): Promise<Reply<ProductWire>> => {
    const fields: Record<string, string> = { name: '"Lamp"', price: '1', total_stock: '0', [field]: json };
    const body = `{${Object.entries(fields)
      .map(([name, value]) => `${JSON.stringify(name)}:${value}`)
      .join()}}`;
    return api.request('POST', '/api/products/', { body });
  };
  const stored = async ({ json }: Reply<ProductWire>) =>
    expectStatus(200, await api.get<ProductWire>(`/api/products/${json.data.id}/`));
  const assertRefused = ({ status, json }: Reply, field: string) => {
    assert.deepEqual(
      [status, json.code, json.errors?.map(({ path }) => path)],
      [400, 'validation-failed', [`/${field}`]],
    );
  };
  const always = (property: fc.IAsyncProperty<unknown>, numRuns = 150) => fc.assert(property, { numRuns });

  const bodies: readonly {
    method?: string;
    path: string;
    fields: Readonly<Record<string, unknown>>;
    isList?: boolean;
  }[] = [
    { path: '/api/products/', fields: { name: 'x', price: 1, total_stock: 1, sku: 'x' } },
    { method: 'PATCH', path: '/api/products/{id}/', fields: { name: 'x', price: 1, active: true } },
    { path: '/api/products/', fields: { name: 'x', price: 1, stock: [{ warehouse: 'MAIN', quantity: 1 }] } },
    { path: '/api/products/{id}/adjust-stock/', fields: { delta: 1, reason: 'x', warehouse: 'MAIN' } },
    { path: '/api/products/{id}/adjust-stock/', fields: { set_to: 1_000_000, expected: 1_000_000, reason: 'x' } },
    { path: '/api/warehouses/', fields: { code: 'ANY', name: 'x', region: 'x', priority: 1, active: true } },
    {
      method: 'PATCH',
      path: '/api/warehouses/MAIN/',
      fields: { name: 'x', region: 'x', priority: 1, active: true },
    },
    {
      path: '/api/stock-transfers/',
      fields: { product_id: '{id}', from: 'MAIN', to: 'ANY', quantity: 1, reason: 'x' },
    },
    {
      method: 'PUT',
      path: '/api/stock-levels/',
      fields: { sku: '{sku}', warehouse: 'main', delta: 1, reason: 'x' },
      isList: true,
    },
    { path: '/api/create-order/', fields: { product_id: '{id}', quantity: 1, hold_seconds: 1, reference: 'x' } },
    { path: '/api/create-order/', fields: { items: [], hold_seconds: 1, allocation: 'nearest', region: 'x' } },
    { path: '/api/reservations/', fields: { product_id: '{id}', quantity: 1, hold_seconds: 1, allocation: 'single' } },
    { path: '/api/fulfilment-plans/', fields: { product_id: '{id}', quantity: 1, region: 'x' } },
    { path: '/api/orders/{id}/extend/', fields: { seconds: 60, reason: 'x' } },
    { path: '/api/reservations/{id}/extend/', fields: { seconds: 60, reason: 'x' } },
    { path: '/api/orders/{id}/transition/', fields: { new_status: 'confirmed', reason: 'x' } },
    {
      path: '/api/orders/{id}/returns/',
      fields: { line: 1, quantity: 1, restock: true, reason: 'x', warehouse: 'MAIN' },
    },
  ];
  // That every answer is one that is declared is checked by the client of these tests.
  for (const { method = 'POST', path, fields, isList = false } of bodies) {
    const names = Object.keys(fields);
    it(`in the fields ${names.join(', ')} of ${method} ${path} is taken or refused in words`, () =>
      always(
        fc.asyncProperty(fc.constantFrom(...names, 'nonsense'), anyValue, async (name, value) => {
          const object = JSON.stringify({ ...fields, [name]: value })
            .replace('{id}', product.id)
            .replace('{sku}', product.sku);
          const body = isList ? `[${object}]` : object;
          const { status, json } = await api.request(method, path.replace('{id}', product.id), { body });
          assert.ok(status < 500, `${status} ${json.detail}`);
          if (status === 400) assert.ok(json.errors?.length);
        }),
        60,
      ));

    it(`as the whole body of ${method} ${path}, with ${names.join(', ')}, is refused in words`, () =>
      always(
        fc.asyncProperty(anyValue, async (value) => {
          const body = JSON.stringify(value);
          const { status, json } = await api.request(method, path.replace('{id}', product.id), { body });
          assert.deepEqual([status, json.code], [400, 'validation-failed']);
        }),
        40,
      ));
  }

  it('that is text is refused as a name, or stored and read back as it is, in NFC', () =>
    always(
      fc.asyncProperty(anyText, async (name) => {
        const reply = await productWith('name', JSON.stringify(name));
        if (reply.status !== 201) return assertRefused(reply, 'name');
        assert.equal(reply.json.data.name, name.normalize('NFC'));
        assert.equal((await stored(reply)).name, name.normalize('NFC'));
      }),
    ));

  it('that is readable text is taken as a name', () =>
    always(
      fc.asyncProperty(readable, async (name) => {
        assert.equal((await stored(await productWith('name', JSON.stringify(name)))).name, name.normalize('NFC'));
      }),
      50,
    ));

  it('that is an amount is stored as it is, as a string and as a number; every other price is refused', () =>
    always(
      fc.asyncProperty(fc.oneof(anyNumber.map(String), anyText), fc.boolean(), async (text, quoted) => {
        const isAmount = /^\d+(?:\.\d{1,2})?$/.test(text) && Number(text) <= largestPrice;
        const asNumber = !quoted && Number.isFinite(Number(text)) && text.trim() === text && /^-?\d/.test(text);
        const reply = await productWith('price', asNumber ? String(Number(text)) : JSON.stringify(text));
        if (!isAmount && !asNumber) return assertRefused(reply, 'price');
        if (reply.status === 400) return assert.equal(isAmount, false, text);
        assert.equal((await stored(reply)).price, Number(text).toFixed(2));
      }),
    ));

  it('from 0.00 to the largest price is taken to the cent', () =>
    always(
      fc.asyncProperty(fc.integer({ min: 0, max: Number(limits.priceMinor) }), fc.boolean(), async (minor, quoted) => {
        const text = `${Math.trunc(minor / 100)}.${String(minor % 100).padStart(2, '0')}`;
        assert.equal((await stored(await productWith('price', quoted ? `"${text}"` : text))).price, text);
      }),
      80,
    ));

  it('that is a whole number in bounds is stored as stock; every other number is refused', () =>
    always(
      fc.asyncProperty(anyNumberText, async (text) => {
        const units = Number(text);
        const reply = await productWith('total_stock', text);
        if (!Number.isInteger(units) || units < 0 || units > limits.stock) return assertRefused(reply, 'total_stock');
        assert.equal((await stored(reply)).total_stock, units + 0);
      }),
    ));

  it('moves the stock by exactly itself, or not at all', async () => {
    const { id } = await createProduct(api, { total_stock: 1_000 });
    let total = 1_000;
    await always(
      fc.asyncProperty(fc.oneof(fc.integer({ min: -2_000, max: 2_000 }), anyNumber), async (delta) => {
        const reply = await api.post<ProductWire>(`/api/products/${id}/adjust-stock/`, { delta, reason: 'counted' });
        const isDelta = Number.isInteger(delta) && delta !== 0 && Math.abs(delta) <= limits.stock;
        if (!isDelta) return assertRefused(reply, 'delta');
        const fits = total + delta >= 0 && total + delta <= limits.stock;
        assert.equal(reply.status, fits ? 200 : 409);
        if (fits) total += delta;
        const { total_stock, available_stock } = expectStatus(200, await api.get<ProductWire>(`/api/products/${id}/`));
        assert.deepEqual([total_stock, available_stock], [total, total]);
      }),
    );
  });

  it('is ordered by exactly itself, refused for want of units, or refused as a quantity', async () => {
    const { id } = await createProduct(api, { total_stock: 2_000 });
    let available = 2_000;
    await always(
      fc.asyncProperty(
        fc.oneof(fc.integer({ min: -1, max: 300 }), anyNumber),
        readable,
        async (quantity, reference) => {
          const reply = await api.post<OrderWire>('/api/create-order/', { product_id: id, quantity, reference });
          const isQuantity = Number.isInteger(quantity) && quantity >= 1 && quantity <= limits.quantity;
          if (!isQuantity) return assertRefused(reply, 'quantity');
          if (quantity > available)
            return assert.deepEqual([reply.status, reply.json.code], [409, 'insufficient-stock']);
          const order = expectStatus(201, reply);
          available -= quantity;
          const read = expectStatus(200, await api.get<OrderWire>(`/api/orders/${order.id}/`));
          assert.deepEqual([read.quantity, read.reference], [quantity, reference.normalize('NFC')]);
        },
      ),
      60,
    );
    assert.equal(expectStatus(200, await api.get<ProductWire>(`/api/products/${id}/`)).available_stock, available);
  });
});
