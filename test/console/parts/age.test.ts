import assert from 'node:assert/strict';
import { ago } from '../../../src/console/parts/age.ts';

describe('How long ago something was', () => {
  const now = '2026-03-05T12:00:00.000Z';

  it('is told in the unit that people count such times in', () => {
    assert.equal(ago('2026-03-05T11:59:48.200Z', now), '12 s ago');
    assert.equal(ago('2026-03-05T11:57:00.000Z', now), '3 min ago');
    assert.equal(ago('2026-03-05T07:00:00.000Z', now), '5 h ago');
    assert.equal(ago('2026-03-01T12:00:00.000Z', now), '4 days ago');
  });

  it('is never in the future, whatever two clocks say', () => {
    assert.equal(ago('2026-03-05T12:00:01.000Z', now), '0 s ago');
  });
});
