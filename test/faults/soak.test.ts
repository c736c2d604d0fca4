import assert from 'node:assert/strict';
import { form } from './form.ts';
import { soak } from './soak.ts';
import { sharedSystem, type System } from './system.ts';

describe('A shop under steady load', function () {
  this.timeout(form.choose(120_000, 600_000));
  let system: System;
  before(async () => {
    system = await sharedSystem();
  });

  // Memory takes longer than this to settle: `npm run test:soak` has half an hour for it.
  it('needs no more handles and connections as time goes on', async () => {
    const { comparisons, contradictions, snapshots } = await soak(system, form.choose(0.25, 2));
    assert.deepEqual(
      comparisons.filter(({ what, grows }) => what !== 'memory' && grows),
      [],
    );
    assert.deepEqual(contradictions, []);
    assert.ok(snapshots > 0);
  });
});
