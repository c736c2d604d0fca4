import { countByKind, findingKinds, type Finding, type FindingKind } from '../domain/finding.ts';
import type { BooksReport } from '../persistence/books/check.ts';

/** What one look found. */
export interface ReconcileSummary {
  readonly orders: number;
  readonly reservations: number;
  readonly stockLevels: number;
  /** Of each kind that was found. */
  readonly counts: Partial<Record<FindingKind, number>>;
  /** The first few. */
  readonly findings: readonly Finding[];
}

/** Where a look is reported to: a log and metrics. */
export interface ReportTo {
  readonly warn: (message: string, finding: Finding) => void;
  readonly info: (message: string, counts: ReconcileSummary['counts'] & { readonly total: number }) => void;
  /** Told for every kind, so that a figure goes back to 0. */
  readonly setFindings: (kind: FindingKind, count: number) => void;
  readonly countRun: () => void;
}

/** So many findings are logged one by one; the rest is counted. */
const logged = 100;

/** So many findings are kept in the result. */
const kept = 10;

/** Looks for everything that disagrees, and reports it. Changes nothing. */
export async function reportFindings(look: () => Promise<BooksReport>, to: ReportTo): Promise<ReconcileSummary> {
  const { findings, orders, reservations, stockLevels } = await look();
  const all = countByKind(findings);
  for (const kind of findingKinds) to.setFindings(kind, all[kind]);
  to.countRun();
  for (const finding of findings.slice(0, logged)) to.warn(finding.detail, finding);
  const counts = Object.fromEntries(Object.entries(all).filter(([, count]) => count > 0));
  const total = findings.length;
  to.info(total === 0 ? 'Everything agrees' : 'There are findings: run earmark reconcile --repair', {
    ...counts,
    total,
  });
  return { orders, reservations, stockLevels, counts, findings: findings.slice(0, kept) };
}
