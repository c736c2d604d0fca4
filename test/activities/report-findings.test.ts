import assert from 'node:assert/strict';
import { reportFindings, type ReportTo } from '../../src/activities/report-findings.ts';
import { findingKinds, type Finding, type FindingKind } from '../../src/domain/finding.ts';

const finding = (kind: FindingKind, n: number): Finding => {
  return { kind, objectType: 'Order', objectId: `${n}`, detail: `Order ${n} is odd.`, expected: {}, found: {} };
};

/** Reports findings and gives what was logged and counted. */
async function report(findings: readonly Finding[]) {
  const warned: string[] = [];
  const said: object[] = [];
  const gauge = new Map<string, number>();
  let runs = 0;
  const to: ReportTo = {
    warn: (message) => warned.push(message),
    info: (_message, counts) => said.push(counts),
    setFindings: (kind, count) => gauge.set(kind, count),
    countRun: () => (runs += 1),
  };
  const look = async () => ({ orders: 5, reservations: 6, stockLevels: 7, findings });
  const summary = await reportFindings(look, to);
  return { summary, warned, said, gauge, runs };
}

describe('A look that the schedule takes', () => {
  it('sets the figure of every kind, so that one goes back to 0 when nothing of it is left', async () => {
    const { gauge, runs } = await report([]);
    assert.deepEqual(
      [...gauge],
      findingKinds.map((kind) => [kind, 0]),
    );
    assert.equal(runs, 1);
  });

  it('logs each of the first hundred findings and a summary, and keeps the first ten', async () => {
    const findings = Array.from({ length: 150 }, (_, n) => finding(n % 2 === 0 ? 'order-log' : 'stock-log', n));
    const { warned, said, gauge, summary } = await report(findings);
    assert.deepEqual(
      warned,
      findings.slice(0, 100).map(({ detail }) => detail),
    );
    assert.deepEqual(said, [{ 'order-log': 75, 'stock-log': 75, total: 150 }]);
    assert.equal(gauge.get('stock-log'), 75);
    assert.deepEqual(summary.counts, { 'order-log': 75, 'stock-log': 75 });
    assert.deepEqual(summary.findings, findings.slice(0, 10));
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
