import assert from 'node:assert/strict';
import { startOfDay } from '../../../src/console/parts/local-day.ts';

describe('The start of a local day', () => {
  const zone = process.env['TZ'];

  before(() => {
    process.env['TZ'] = 'Europe/Vienna';
  });

  after(() => {
    if (zone === undefined) delete process.env['TZ'];
    else process.env['TZ'] = zone;
  });

  it('is midnight where the reader is, told in UTC', () => {
    assert.equal(startOfDay('2026-11-29'), '2026-11-28T23:00:00.000Z');
  });

  it('is right on both sides of a day that has 23 hours', () => {
    assert.equal(startOfDay('2026-03-29'), '2026-03-28T23:00:00.000Z');
    assert.equal(startOfDay('2026-03-29', 1), '2026-03-29T22:00:00.000Z');
  });

  it('is nothing for what is no day', () => {
    for (const text of [undefined, '', 'yesterday', '2026-1-1']) assert.equal(startOfDay(text), undefined);
  });
});
