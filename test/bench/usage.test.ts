import assert from 'node:assert/strict';
import { usedBetween } from '../../bench/usage.ts';

describe('The processor time between two looks', () => {
  const before = { temporal: 100, app: 200, postgres: 300, generator: 10 };

  it('is what each part has used since', () => {
    const after = { temporal: 150, app: 260, postgres: 370, generator: 15 };
    assert.deepEqual(usedBetween(before, after), { temporal: 50, app: 60, postgres: 70, generator: 5 });
  });

  it('is not known of a part that was not seen, or has lost the account of a process that ended', () => {
    const after = { temporal: null, app: 260, postgres: 90, generator: 15 };
    assert.deepEqual(usedBetween(before, after), { temporal: null, app: 60, postgres: null, generator: 5 });
  });
});
