import assert from 'node:assert/strict';
import type { LastLook, System } from '../../../src/console/client/shapes.ts';
import { troublesOf } from '../../../src/console/parts/troubles.ts';

const now = '2026-03-01T09:30:00.000Z';

const well = {
  version: '1.0.0',
  now,
  dependencies: { database: { status: 'up', detail: null }, temporal: { status: 'up', detail: null } },
  task_queue: 'earmark',
  workers: [{ identity: '1@shop', last_seen: '2026-03-01T09:29:00.000Z', kinds: ['workflow', 'activity'] }],
  backlog: { workflow: 3, activity: 0 },
  schedules: ['earmark-clean-expired', 'earmark-reconcile'].map((id) => ({
    id,
    note: null,
    next_run: '2026-03-01T10:00:00.000Z',
    last_run: { started_at: '2026-03-01T09:00:00.000Z', status: 'completed' },
    paused: false,
  })),
} satisfies System;

const look = {
  last_look: {
    workflow_id: 'earmark-reconcile-1',
    workflow_url: null,
    started_at: now,
    closed_at: now,
    status: 'completed',
    checked: { orders: 1, reservations: 1, stock_levels: 1 },
    counts: {},
    findings: [],
  },
} satisfies LastLook;

function said(system: System, found: LastLook = look): string[] {
  return troublesOf(true, system, found).map(({ what, todo }) => `${what} ${todo}`);
}

describe('What the health view warns of', () => {
  it('is nothing when everything answers, a worker asked within the minute and the books agree', () => {
    assert.deepEqual(said(well), []);
  });

  it('is the server alone when it does not answer: the rest is not known any more', () => {
    const troubles = troublesOf(false, { ...well, workers: [] }, look);
    assert.equal(troubles.length, 1);
    assert.match(troubles[0]?.what ?? '', /server does not answer/);
  });

  it('is that nothing moves when no worker asked within a minute by the clock of the server', () => {
    const gone = { identity: '1@shop', last_seen: '2026-03-01T09:28:59.999Z', kinds: [] };
    for (const workers of [[], [gone]]) {
      const [first, ...others] = said({ ...well, workers });
      assert.match(first ?? '', /orders are accepted but nothing moves.*`earmark worker`/);
      assert.deepEqual(others, []);
    }
  });

  it('is a dependency that is down, with its reason, and not also that Temporal does not tell of workers', () => {
    const temporal = { status: 'down', detail: 'Temporal cannot be reached.' } as const;
    const dependencies = { ...well.dependencies, temporal };
    const troubles = said({ ...well, dependencies, workers: null, backlog: null, schedules: null });
    assert.equal(troubles.length, 1);
    assert.match(troubles[0] ?? '', /Temporal cannot be reached/);
  });

  it('is a schedule that is paused, whose last run failed, or that is missing', () => {
    const [cleanup, reconcile] = well.schedules;
    assert.ok(cleanup && reconcile);
    const paused = { ...cleanup, paused: true, next_run: null };
    const failed = { ...reconcile, last_run: { started_at: now, status: 'failed' as const } };
    const [first, second] = said({ ...well, schedules: [paused, failed] });
    assert.match(first ?? '', /paused.*`earmark-clean-expired`/);
    assert.match(second ?? '', /no good end \(failed\)/);
    assert.match(said({ ...well, schedules: [cleanup] }).join(), /schedule is missing/);
  });

  it('is work that piles up, and contradictions that the last look found', () => {
    assert.match(said({ ...well, backlog: { workflow: 90, activity: 10 } }).join(), /about 100 tasks/);
    const found = { last_look: { ...look.last_look, counts: { 'stock-log': 2, 'order-log': 1 } } };
    assert.match(said(well, found).join(), /3 contradictions.*`earmark reconcile --repair`/);
  });
});
