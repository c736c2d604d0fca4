import assert from 'node:assert/strict';
import { mock } from 'node:test';
import { noopMetricMeter, type MetricMeter, type MetricTags } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger, type LogEntry } from '@temporalio/worker';
import { createActivities } from '../../src/activities/index.ts';
import { reportFindings, type ReportTo } from '../../src/activities/report-findings.ts';
import { findingKinds, type Finding, type FindingKind, type FindingsSummary } from '../../src/domain/finding.ts';
import type { BooksReport } from '../../src/persistence/books/check.ts';
import { testDatabase } from '../support/database.ts';
import { asRole } from '../support/postgres.ts';

const finding = (kind: FindingKind, n: number): Finding => {
  return { kind, objectType: 'Order', objectId: `${n}`, detail: `Order ${n} is odd.`, expected: {}, found: {} };
};

/** Reports findings and gives what was logged and counted. */
async function report(findings: readonly Finding[]) {
  const warned: string[] = [];
  const said: (object | string)[] = [];
  const gauge = new Map<string, number>();
  let runs = 0;
  const to: ReportTo = {
    warn: (message) => warned.push(message),
    info: (message, counts) => said.push(message, counts),
    setFindings: (kind, count) => gauge.set(kind, count),
    countRun: () => (runs += 1),
  };
  const look = async () => ({ orders: 5, reservations: 6, stockLevels: 7, findings });
  const summary = await reportFindings(look, to);
  return { summary, warned, said, gauge, runs };
}

describe('A look that the schedule takes', () => {
  it('sets the figure of every kind, so that one goes back to 0 when nothing of it is left', async () => {
    const { gauge, runs, said, summary } = await report([]);
    assert.deepEqual(
      [...gauge],
      findingKinds.map((kind) => [kind, 0]),
    );
    assert.equal(runs, 1);
    assert.deepEqual(said, ['Everything agrees', { total: 0 }]);
    assert.deepEqual(summary, { orders: 5, reservations: 6, stockLevels: 7, counts: {}, findings: [] });
  });

  it('logs each of the first hundred findings and a summary, and keeps those', async () => {
    const findings = Array.from({ length: 150 }, (_, n) => finding(n % 2 === 0 ? 'order-log' : 'stock-log', n));
    const { warned, said, gauge, summary } = await report(findings);
    assert.deepEqual(
      warned,
      findings.slice(0, 100).map(({ detail }) => detail),
    );
    const message = 'There are findings: run earmark reconcile --repair';
    assert.deepEqual(said, [message, { 'order-log': 75, 'stock-log': 75, total: 150 }]);
    assert.equal(gauge.get('stock-log'), 75);
    assert.deepEqual(summary.counts, { 'order-log': 75, 'stock-log': 75 });
    assert.deepEqual(summary.findings, findings.slice(0, 100));
  });

  it('keeps fewer findings than that when they are large, so that Temporal takes the result', async () => {
    const large = (n: number) => ({ ...finding('order-log', n), found: { note: '€'.repeat(20_000) } });
    const findings = Array.from({ length: 100 }, (_, n) => large(n));
    const { summary } = await report(findings);
    assert.ok(summary.findings.length > 10 && summary.findings.length < 100, `${summary.findings.length} findings`);
    assert.deepEqual(summary.findings, findings.slice(0, summary.findings.length));
    assert.ok(Buffer.byteLength(JSON.stringify(summary)) < 2_000_000);
    assert.deepEqual(summary.counts, { 'order-log': 100 });
  });

  it('counts no look that failed', async () => {
    let runs = 0;
    const nothing = () => undefined;
    const to: ReportTo = { warn: nothing, info: nothing, setFindings: nothing, countRun: () => (runs += 1) };
    await assert.rejects(
      reportFindings(() => Promise.reject(new Error('no answer')), to),
      { message: 'no answer' },
    );
    assert.equal(runs, 0);
  });
});

describe('The activity that looks', () => {
  const database = testDatabase();
  database.prepare();
  afterEach(() => mock.timers.reset());

  /** An activity's surroundings, which keep what is logged, measured and beaten. */
  function surroundings() {
    const logged: LogEntry[] = [];
    const measured: unknown[] = [];
    const described: string[] = [];
    const metricMeter: MetricMeter = {
      createHistogram: (...of) => noopMetricMeter.createHistogram(...of),
      withTags: (tags) => noopMetricMeter.withTags(tags),
      createGauge(name, type, unit, description) {
        described.push(`${name} (${type}): ${description}`);
        const set = (value: number, tags?: MetricTags) => void measured.push([name, value, tags?.['kind']]);
        return { ...noopMetricMeter.createGauge(name, type, unit, description), set };
      },
      createCounter(name, unit, description) {
        described.push(`${name}: ${description}`);
        return {
          ...noopMetricMeter.createCounter(name, unit, description),
          add: (value) => void measured.push([name, value]),
        };
      },
    };
    const logger = new DefaultLogger('INFO', (entry) => void logged.push(entry));
    const environment = new MockActivityEnvironment({}, { logger, metricMeter });
    const beats = { count: 0 };
    environment.on('heartbeat', () => (beats.count += 1));
    return { environment, logged, measured, described, beats };
  }

  /** Looks by the activity, in the way that it is told to. */
  function look(environment: MockActivityEnvironment, findEverything: (graceSeconds: number) => Promise<BooksReport>) {
    const owningWorkflow = () => Promise.reject(new Error('nobody asks'));
    const activities = createActivities({
      db: asRole(database.db, 'worker'),
      wake: async () => undefined,
      owningWorkflow,
      findEverything,
    });
    const activity = () => activities.reportFindings({ graceSeconds: 90 });
    return environment.run<[], FindingsSummary, typeof activity>(activity);
  }

  it('logs what it found with all that is known of it, and measures every kind', async () => {
    const found = { ...finding('order-log', 1), expected: { quantity: 2 }, found: { quantity: 3 } };
    const { environment, logged, measured, described } = surroundings();
    const graces: number[] = [];
    await look(environment, async (graceSeconds) => {
      graces.push(graceSeconds);
      return { orders: 1, reservations: 0, stockLevels: 0, findings: [found] };
    });
    assert.deepEqual(graces, [90]);
    assert.deepEqual(
      logged.map(({ level, message }) => [level, message]),
      [
        ['WARN', found.detail],
        ['INFO', 'There are findings: run earmark reconcile --repair'],
      ],
    );
    const [warning, summary] = logged.map(({ meta }) => meta);
    const { kind, objectType, objectId, expected, found: fields } = { ...warning };
    const { detail, ...known } = found;
    assert.deepEqual({ kind, objectType, objectId, expected, found: fields, detail }, { ...known, detail });
    assert.deepEqual([summary?.['order-log'], summary?.total], [1, 1]);
    assert.deepEqual(measured, [
      ...findingKinds.map((kind) => ['earmark_findings', kind === 'order-log' ? 1 : 0, kind]),
      ['earmark_reconcile_runs', 1],
    ]);
    assert.deepEqual(described, [
      'earmark_findings (int): Findings of the last look, by kind',
      'earmark_reconcile_runs: Looks that came to an end',
    ]);
  });

  it('tells Temporal every ten seconds that it lives, until it ends', async () => {
    mock.timers.enable({ apis: ['setInterval'] });
    const { environment, beats } = surroundings();
    const nothing = { orders: 0, reservations: 0, stockLevels: 0, findings: [] };
    await look(environment, async () => {
      mock.timers.tick(9_999);
      assert.equal(beats.count, 0);
      mock.timers.tick(20_001);
      assert.equal(beats.count, 3);
      return nothing;
    });
    const failure = new Error('no answer');
    await assert.rejects(
      look(environment, () => Promise.reject(failure)),
      (error) => error === failure,
    );
    mock.timers.tick(60_000);
    assert.equal(beats.count, 3);
  });
});
