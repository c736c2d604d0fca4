import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import {
  assertHoldings,
  assertLineUnits,
  defaultHoldRules,
  type HoldingLimits,
} from '../../src/domain/holding-limits.ts';

const none = defaultHoldRules.limits;

const holding =
  (limits: Partial<HoldingLimits>, held: number, units: number, openHolds = 0) =>
  () =>
    assertHoldings({ ...none, ...limits }, 'anna', [{ sku: 'TEA', units, held }], openHolds);

describe('Units per line', () => {
  const line = (units: number) => () => assertLineUnits({ ...none, lineUnits: 5 }, [{ sku: 'TEA', units }]);

  it('may be as many as the limit', () => {
    assert.doesNotThrow(line(5));
  });

  it('may not be more, and the refusal names the limit and what may be asked for', () => {
    assert.throws(line(6), {
      code: 'limit-exceeded',
      message:
        '6 units of TEA are more than one order or reservation may have: the limit is 5, 5 are left. Ask for fewer.',
      details: { limit: 'units-per-line', allowed: 5, left: 5 },
    });
  });

  it('are judged line by line and not together', () => {
    const five = [
      { sku: 'TEA', units: 5 },
      { sku: 'CUP', units: 5 },
    ];
    assert.doesNotThrow(() => assertLineUnits({ ...none, lineUnits: 5 }, five));
    const second = [...five.slice(1), { sku: 'POT', units: 6 }];
    assert.throws(() => assertLineUnits({ ...none, lineUnits: 5 }, second), { message: /^6 units of POT/ });
  });
});

describe('Units held', () => {
  it('may be as many as the limit together with those that are wanted', () => {
    assert.doesNotThrow(holding({ heldUnits: 5 }, 3, 2));
  });

  it('may not be more, and the refusal says how many are left', () => {
    assert.throws(holding({ heldUnits: 5 }, 4, 2), {
      code: 'limit-exceeded',
      message:
        'anna holds or waits for 4 units of TEA, and 2 more are too many: the limit is 5, 1 is left. ' +
        'Ask for fewer, or confirm or give up others first.',
      details: { limit: 'held-units', allowed: 5, left: 1 },
    });
  });

  it('leave nothing, and not less, where the limit was lowered under them', () => {
    assert.throws(holding({ heldUnits: 5 }, 9, 1), { details: { limit: 'held-units', allowed: 5, left: 0 } });
  });

  it('do not matter to a line that gets nothing', () => {
    assert.doesNotThrow(holding({ heldUnits: 5 }, 9, 0));
  });
});

describe('Open holds', () => {
  it('may be as many as the limit together with the new one', () => {
    assert.doesNotThrow(holding({ openHolds: 3 }, 0, 1, 2));
  });

  it('may not be more', () => {
    assert.throws(holding({ openHolds: 3 }, 0, 1, 3), {
      code: 'limit-exceeded',
      message:
        'anna has 3 orders and reservations that are not confirmed yet: the limit is 3, 0 are left. ' +
        'Confirm or give up some of them first.',
      details: { limit: 'open-holds', allowed: 3, left: 0 },
    });
  });
});

describe('Limits', () => {
  it('that nobody set refuse nothing', () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(), fc.nat(), (held, units, open) => {
        holding({}, held, units, open)();
        assertLineUnits(none, [{ sku: 'TEA', units }]);
      }),
    );
  });

  it('leave exactly so many units as may still be had', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 50 }), fc.nat(60), (heldUnits, held) => {
        const left = Math.max(0, heldUnits - held);
        assert.throws(holding({ heldUnits }, held, left + 1), {
          details: { limit: 'held-units', allowed: heldUnits, left },
        });
        if (left > 0) holding({ heldUnits }, held, left)();
      }),
    );
  });
});
