import assert from 'node:assert/strict';
import { DomainError, isRefusalCode, notFound, type RefusalCode } from '../../src/domain/errors.ts';
import { belongsToOrder, reservationEnded } from '../../src/domain/reservation.ts';

describe('A refusal of the domain', () => {
  const codes = {
    'not-found': true,
    'product-inactive': true,
    'insufficient-stock': true,
    'invalid-transition': true,
    'reservation-ended': true,
    'belongs-to-order': true,
    'sku-taken': true,
    'stock-conflict': true,
    'stock-moved': true,
    'code-taken': true,
    'default-warehouse': true,
    'not-delivered': true,
    'return-exceeds-delivery': true,
    'not-reserved': true,
    'limit-exceeded': true,
    'reservation-expired': true,
  } satisfies Record<RefusalCode, true>;

  for (const code of Object.keys(codes)) it(`may be ${code}`, () => assert.ok(isRefusalCode(code)));

  it('has no other code', () => {
    for (const code of ['', 'Error', 'NOT-FOUND', undefined, null, 404, ['not-found']]) {
      assert.ok(!isRefusalCode(code), String(code));
    }
  });

  it('is an error that says what is missing, in words and as data', () => {
    const error = notFound('Product', '7');
    assert.ok(error instanceof DomainError);
    assert.deepEqual([error.name, error.code, error.message], ['DomainError', 'not-found', 'There is no product 7.']);
    assert.deepEqual(error.details, { objectType: 'Product', id: '7' });
  });

  it('names the order that a reservation belongs to and says what to do instead', () => {
    const { code, message, details } = belongsToOrder('8');
    assert.equal(message, 'The reservation belongs to order 8: confirm, cancel or extend that order instead.');
    assert.deepEqual([code, details], ['belongs-to-order', { orderId: '8' }]);
  });

  it('says how a reservation has ended', () => {
    const { code, message, details } = reservationEnded('expired');
    assert.equal(message, 'The reservation has ended already: it has expired.');
    assert.deepEqual([code, details], ['reservation-ended', { endedAs: 'expired' }]);
  });
});
