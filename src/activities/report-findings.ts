import {
  countByKind,
  findingKinds,
  summarise,
  type Finding,
  type FindingKind,
  type FindingsSummary,
} from '../domain/finding.ts';
import type { BooksReport } from '../persistence/books/check.ts';

/** Where a look is reported to: a log and metrics. */
export interface ReportTo {
  readonly warn: (message: string, finding: Finding) => void;
  readonly info: (message: string, counts: FindingsSummary['counts'] & { readonly total: number }) => void;
  /** Told for every kind, so that a figure goes back to 0. */
  readonly setFindings: (kind: FindingKind, count: number) => void;
  readonly countRun: () => void;
}

/** So many findings are logged one by one; the rest is counted. */
const logged = 100;

/** Looks for everything that disagrees, and reports it. Changes nothing. */
export async function reportFindings(look: () => Promise<BooksReport>, to: ReportTo): Promise<FindingsSummary> {
  const report = await look();
  const { findings } = report;
  const all = countByKind(findings);
  for (const kind of findingKinds) to.setFindings(kind, all[kind]);
  to.countRun();
  for (const finding of findings.slice(0, logged)) to.warn(finding.detail, finding);
  const summary = summarise(report);
  const total = findings.length;
  to.info(total === 0 ? 'Everything agrees' : 'There are findings: run earmark reconcile --repair', {
    ...summary.counts,
    total,
  });
  return summary;
}
