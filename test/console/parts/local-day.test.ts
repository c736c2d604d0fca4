import assert from 'node:assert/strict';
import { dayOf, endOfDay, isUtcDay, startOfDay } from '../../../src/console/parts/local-day.ts';

describe('A day of the reader', () => {
  const { TZ: before } = process.env;

  function inZone(zone: string): void {
    process.env['TZ'] = zone;
  }

  afterEach(() => {
    if (before === undefined) delete process.env['TZ'];
    else process.env['TZ'] = before;
  });

  it('begins at its midnight, said in UTC', () => {
    inZone('Asia/Kolkata');
    assert.equal(startOfDay('2026-03-01'), '2026-02-28T18:30:00.000Z');
    inZone('America/New_York');
    assert.equal(startOfDay('2026-03-01'), '2026-03-01T05:00:00.000Z');
  });

  it('is over when the next one begins, also where a clock is put forward in between', () => {
    inZone('Europe/Berlin');
    assert.equal(startOfDay('2026-03-29'), '2026-03-28T23:00:00.000Z');
    assert.equal(endOfDay('2026-03-29'), '2026-03-29T22:00:00.000Z');
    assert.equal(endOfDay('2026-12-31'), '2026-12-31T23:00:00.000Z');
  });

  it('is found again from each moment in it', () => {
    inZone('Asia/Kolkata');
    assert.equal(dayOf('2026-02-28T18:30:00.000Z'), '2026-03-01');
    assert.equal(dayOf('2026-03-01T18:29:59.999Z'), '2026-03-01');
    assert.equal(dayOf('2026-03-01T18:30:00.000Z'), '2026-03-02');
  });

  it('is nothing for what is no day', () => {
    for (const text of ['', 'yesterday', '2026-1-1']) assert.equal(startOfDay(text), undefined);
  });

  it('is not found from what is no moment', () => {
    assert.equal(dayOf('abc'), undefined);
  });

  it('is told from a moment, which has a time', () => {
    assert.equal(isUtcDay('2026-03-01'), true);
    assert.equal(isUtcDay('2026-03-01T00:00:00.000Z'), false);
  });
});
