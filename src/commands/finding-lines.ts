import type { Finding, Repair } from '../domain/finding.ts';
import type { BooksReport } from '../persistence/books/check.ts';

/** Findings for a reader, grouped by kind: a line for each group and one for each finding in it. */
export function findingLines(findings: readonly Finding[]): string[] {
  return grouped(findings, ({ kind }) => kind).flatMap(([kind, group]) => [
    `${kind} (${group.length})`,
    ...group.map(({ detail }) => `  ${detail}`),
  ]);
}

/** Repairs for a reader: what was repaired and how, then what is left and what to do. */
export function repairLines(repairs: readonly Repair[]): string[] {
  const [done, left] = [true, false].map((wanted) => repairs.filter(({ repaired }) => repaired === wanted));
  return [...section('Repaired', done ?? []), ...section('Not repaired', left ?? [])];
}

/** The closing line of a check: how much was looked at, and how much was found. */
export function closingLine({ orders, reservations, stockLevels }: BooksReport, findings: number): string {
  const checked = `Checked ${orders} orders, ${reservations} reservations, ${stockLevels} stock levels`;
  if (findings === 0) return `${checked}: nothing to report.`;
  return `${checked}: ${findings} finding${findings === 1 ? '' : 's'}.`;
}

/** What to do about findings that nobody has repaired yet: no line when there are none. */
export function nextStepLines(findings: readonly Finding[]): string[] {
  return findings.length === 0
    ? []
    : ['Run earmark reconcile --repair: it repairs what can be repaired, and says what a person has to do.'];
}

function section(title: string, repairs: readonly Repair[]): string[] {
  return grouped(repairs, ({ finding }) => finding.kind).flatMap(([kind, group]) => [
    `${title}: ${kind} (${group.length})`,
    ...group.map(({ finding, how }) => `  ${finding.detail} → ${how}`),
  ]);
}

function grouped<T>(items: readonly T[], keyOf: (item: T) => string): [string, T[]][] {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group) group.push(item);
    else groups.set(keyOf(item), [item]);
  }
  return Array.from(groups);
}
