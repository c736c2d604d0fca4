import assert from 'node:assert/strict';
import {
  assertTransition,
  canTransition,
  invalidTransition,
  isFinal,
  isOrderStatus,
  orderStatuses,
  orderTransitions,
  stepTowards,
} from '../../src/domain/order-status.ts';

/** The table once more, in other words than the source's: a slip in one of them shows. */
const allowedSteps = new Set([
  'pending → confirmed',
  'pending → cancelled',
  'confirmed → processing',
  'confirmed → cancelled',
  'processing → shipped',
  'shipped → delivered',
]);

describe('The order state machine', () => {
  for (const from of orderStatuses) {
    for (const to of orderStatuses) {
      const step = `${from} → ${to}`;
      const allowed = allowedSteps.has(step);
      it(`${allowed ? 'allows' : 'refuses'} ${step}`, () => {
        assert.equal(canTransition(from, to), allowed);
        if (allowed) assert.doesNotThrow(() => assertTransition(from, to));
        else assert.throws(() => assertTransition(from, to), invalidTransition(from, to));
      });
    }
  }

  it('leads from no state back to itself, so that whoever follows its steps gets to an end', () => {
    for (const from of orderStatuses) assert.equal(stepTowards(from, from), undefined, from);
  });

  it('knows six states and judges all thirty-six pairs of them', () => {
    assert.equal(orderStatuses.length, 6);
    assert.deepEqual(Object.keys(orderTransitions).sort(), [...orderStatuses].sort());
  });

  it('ends in delivered or cancelled and nowhere else', () => {
    assert.deepEqual(orderStatuses.filter(isFinal), ['delivered', 'cancelled']);
  });

  it('can reach an end from every state', () => {
    const endsFrom = (status: (typeof orderStatuses)[number], steps = 0): boolean =>
      steps <= orderStatuses.length &&
      (isFinal(status) || orderTransitions[status].some((next) => endsFrom(next, steps + 1)));
    for (const status of orderStatuses) assert.ok(endsFrom(status), status);
  });

  it('knows the first step from a state to each that comes after it, and none to any other', () => {
    const all = orderStatuses.flatMap((from) => orderStatuses.map((to) => [from, to, stepTowards(from, to)] as const));
    const ahead = all.filter(([, , step]) => step !== undefined).map(([from, to, step]) => `${from} … ${to}: ${step}`);
    assert.deepEqual(ahead, [
      'pending … confirmed: confirmed',
      'pending … processing: confirmed',
      'pending … shipped: confirmed',
      'pending … delivered: confirmed',
      'pending … cancelled: cancelled',
      'confirmed … processing: processing',
      'confirmed … shipped: processing',
      'confirmed … delivered: processing',
      'confirmed … cancelled: cancelled',
      'processing … shipped: shipped',
      'processing … delivered: shipped',
      'shipped … delivered: delivered',
    ]);
  });

  it('says in a refusal where the order is, where it should go and where it could go', () => {
    const { code, details, message } = invalidTransition('pending', 'shipped');
    assert.equal(code, 'invalid-transition');
    assert.deepEqual(details, { from: 'pending', to: 'shipped', allowed: ['confirmed', 'cancelled'] });
    assert.equal(
      message,
      'An order that is pending cannot become shipped: from pending it can go to confirmed or cancelled.',
    );
    assert.match(invalidTransition('delivered', 'pending').message, /delivered is final/);
  });

  it('recognises its own states and nothing else', () => {
    for (const status of orderStatuses) assert.ok(isOrderStatus(status));
    for (const other of ['Pending', 'refused', '', 'toString', null, undefined, 0, ['pending']]) {
      assert.ok(!isOrderStatus(other), String(other));
    }
  });
});
