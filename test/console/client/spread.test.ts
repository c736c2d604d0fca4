import assert from 'node:assert/strict';
import { spread } from '../../../src/console/client/spread.ts';

describe('What many pages wait for', () => {
  it('takes from half of the time to all of it, and is over at other moments for each', () => {
    const waits = Array.from({ length: 200 }, () => spread(1_000));
    assert.ok(waits.every((wait) => wait >= 500 && wait <= 1_000));
    assert.ok(new Set(waits.map((wait) => Math.floor(wait / 100))).size >= 4);
  });
});
