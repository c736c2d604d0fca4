import assert from 'node:assert/strict';
import type { Product } from '../../../../src/console/client/shapes.ts';
import {
  bodyOf,
  itemsOf,
  policyOf,
  shortageChoices,
  totalOf,
  withProduct,
  type OrderDraft,
} from '../../../../src/console/views/place-order/order-draft.ts';

const product = (id: string, price: string): Product => ({
  id,
  sku: id,
  name: id,
  price,
  currency: 'USD',
  active: true,
  total_stock: 9,
  available_stock: 9,
  reserved_stock: 0,
  stock: [],
  created_at: '2026-03-01T09:30:00.000Z',
  updated_at: '2026-03-01T09:30:00.000Z',
  low_stock_threshold: null,
});

const lamp = { product: product('lamp', '1.15'), quantity: '3' };
const chair = { product: product('chair', '9999999.99'), quantity: '1000000' };

const draft: OrderDraft = {
  lines: [lamp],
  reference: '  ',
  holdSeconds: '600',
  allocation: 'priority',
  region: '',
  onShortage: 'wait',
  waitSeconds: '60',
};

describe('An order that is being filled in', () => {
  it('becomes the body of a request, without what was left empty', () => {
    assert.deepEqual(bodyOf(draft), {
      items: [{ product_id: 'lamp', quantity: 3 }],
      hold_seconds: 600,
      allocation: 'priority',
      on_shortage: 'wait',
      wait_seconds: 60,
    });
    assert.deepEqual(bodyOf({ ...draft, reference: ' A-1 ', region: 'north', onShortage: 'partial' }), {
      items: [{ product_id: 'lamp', quantity: 3 }],
      reference: 'A-1',
      hold_seconds: 600,
      allocation: 'priority',
      region: 'north',
      on_shortage: 'partial',
    });
  });

  it('waits for one product only', () => {
    const both = { ...draft, lines: [lamp, chair] };
    assert.equal(policyOf(draft), 'wait');
    assert.equal(policyOf(both), 'reject');
    assert.equal('wait_seconds' in bodyOf(both), false);
    const offered = (lines: OrderDraft['lines']) => shortageChoices(lines).map(([policy]) => policy);
    assert.deepEqual(offered(draft.lines), ['reject', 'partial', 'wait']);
    assert.deepEqual(offered(both.lines), ['reject', 'partial']);
  });

  it('takes one unit more of a product that is picked again', () => {
    const lines = withProduct(withProduct([lamp], chair.product), lamp.product);
    assert.deepEqual(
      lines.map(({ product: { id }, quantity }) => [id, quantity]),
      [
        ['lamp', '4'],
        ['chair', '1'],
      ],
    );
  });

  it('has no items while a quantity is none', () => {
    for (const quantity of ['', ' ', '0', '-1', '1.5', '1000001', 'x']) {
      assert.equal(itemsOf([lamp, { ...chair, quantity }]), null, quantity);
    }
    assert.equal(itemsOf([]), null);
    assert.equal(itemsOf([lamp, chair])?.length, 2);
  });

  it('costs the sum of its lines to the cent, however large', () => {
    assert.equal(totalOf([lamp, chair]), '9999999990003.45');
    assert.equal(totalOf([lamp, { ...chair, quantity: '' }]), '3.45');
  });
});
