import type { AuditObjectType } from './audit.ts';

/** Every kind of contradiction that the database alone shows. */
export const bookFindingKinds = [
  // Rows against their audit entries.
  'stock-log',
  'stock-unrecorded',
  'stock-missing',
  'order-log',
  'order-steps',
  'order-unrecorded',
  'order-missing',
  'reservation-log',
  'reservation-steps',
  'reservation-unrecorded',
  'reservation-missing',
  'waiting-log',
  'order-rescue',
  // Rows against one another.
  'stock-reserved',
  'reservation-allocations',
  'order-lines',
  'line-reservation',
  'order-reservations',
  'order-waiting',
  'order-returns',
  'refused-and-placed',
  // Rows against the ledger.
  'stock-ledger',
  'ledger-steps',
  'ledger-allocations',
] as const;

/** Every kind of contradiction between the database and Temporal. */
export const workflowFindingKinds = [
  'order-without-workflow',
  'reservation-without-workflow',
  'workflow-on-ended-order',
  'workflow-on-ended-reservation',
  'hold-overdue',
  'wait-overdue',
] as const;

export const findingKinds = [...bookFindingKinds, ...workflowFindingKinds] as const;

export type BookFindingKind = (typeof bookFindingKinds)[number];

export type FindingKind = (typeof findingKinds)[number];

/** Fields of a row by the names that the audit log uses. JSON-safe. */
export type Fields = Readonly<Record<string, unknown>>;

/** Two things that should agree and do not. JSON-safe. */
export interface Finding {
  readonly kind: FindingKind;
  readonly objectType: AuditObjectType;
  /** As in the audit log. */
  readonly objectId: string;
  /** A sentence for whoever is on duty. */
  readonly detail: string;
  readonly expected: Fields;
  readonly found: Fields;
}

/** What became of a finding when it was to be repaired. */
export interface Repair {
  readonly finding: Finding;
  readonly repaired: boolean;
  /** How it was repaired, or what a person has to do. */
  readonly how: string;
}

/** Thrown when no machine can decide how to repair something; the message says what a person has to do. */
export class NeedsPerson extends Error {
  override readonly name = 'NeedsPerson';
}

/** How many findings there are of each kind, of kinds without any 0. */
export function countByKind(findings: readonly Finding[]): Record<FindingKind, number> {
  const counts = Object.fromEntries(findingKinds.map((kind) => [kind, 0])) as Record<FindingKind, number>;
  for (const { kind } of findings) counts[kind] += 1;
  return counts;
}

/** How much was looked at. */
export interface Checked {
  readonly orders: number;
  readonly reservations: number;
  readonly stockLevels: number;
}

/** What one look found, small enough to be handed on whole. JSON-safe. */
export interface FindingsSummary extends Checked {
  /** Of each kind that was found. */
  readonly counts: Partial<Record<FindingKind, number>>;
  /** The first few. */
  readonly findings: readonly Finding[];
}

/** So many findings are in a summary at most, */
const kept = 100;

/** and so many characters of JSON: well below the 2 MB that Temporal takes, whatever bytes they are. */
const keptLength = 500_000;

/** What a look found, in short. */
export function summarise({
  findings,
  ...checked
}: Checked & { readonly findings: readonly Finding[] }): FindingsSummary {
  const { orders, reservations, stockLevels } = checked;
  const counts = Object.fromEntries(Object.entries(countByKind(findings)).filter(([, count]) => count > 0));
  const first: Finding[] = [];
  let length = 0;
  for (const finding of findings.slice(0, kept)) {
    length += JSON.stringify(finding).length;
    if (length > keptLength) break;
    first.push(finding);
  }
  return { orders, reservations, stockLevels, counts, findings: first };
}
