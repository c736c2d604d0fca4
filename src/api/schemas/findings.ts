import { z } from 'zod';
import { auditObjectTypes } from '../../domain/audit.ts';
import { findingKinds, type Checked, type Finding, type FindingsSummary } from '../../domain/finding.ts';
import type { Look } from '../looks.ts';
import { runStatuses } from '../run-status.ts';
import type { Verification } from '../verification.ts';
import { workflowUrl, type WorkflowPages } from './stock-explanation.ts';
import { timestamp } from './values.ts';

const fields = z.record(z.string(), z.unknown());

const finding = z
  .strictObject({
    kind: z.enum(findingKinds),
    object_type: z.enum(auditObjectTypes),
    object_id: z.string(),
    detail: z.string().meta({ description: 'A sentence for whoever is on duty.' }),
    expected: fields,
    found: fields,
  })
  .meta({ id: 'Finding', description: 'Two things that should agree and do not.' });

const checked = z
  .strictObject({ orders: z.int(), reservations: z.int(), stock_levels: z.int() })
  .meta({ id: 'Checked', description: 'How much was looked at.' });

const counts = z
  .record(z.string(), z.int())
  .meta({ description: 'How many findings there are of each kind; kinds without any are absent.' });

const findings = z.array(finding).meta({ description: 'The first hundred, fewer when they are very large.' });

export const verified = z
  .strictObject({ started_at: timestamp, checked, counts, findings })
  .meta({ id: 'Verification', description: 'Whether stock, orders, the audit log and the ledger agreed.' });

const look = z
  .strictObject({
    workflow_id: z.string(),
    workflow_url: z.string().nullable(),
    started_at: timestamp,
    closed_at: timestamp,
    status: z.enum(runStatuses),
    checked: checked.nullable(),
    counts,
    findings,
  })
  .meta({
    id: 'Look',
    description: 'A look of the schedule that ended. `checked` is null when it came to no result, see `status`.',
  });

export const lastLook = z.strictObject({ last_look: look.nullable() });

export const startedLook = z
  .strictObject({ workflow_id: z.string().nullable(), workflow_url: z.string().nullable() })
  .meta({ id: 'StartedLook', description: 'The workflow that looks now; null when it is not known yet.' });

/** A finding in JSON. */
export function presentFinding(of: Finding): z.output<typeof finding> {
  const { kind, objectType, objectId, detail, expected, found } = of;
  return { kind, object_type: objectType, object_id: objectId, detail, expected: { ...expected }, found: { ...found } };
}

/** How much was looked at, in JSON. */
export function presentChecked({ orders, reservations, stockLevels }: Checked): z.output<typeof checked> {
  return { orders, reservations, stock_levels: stockLevels };
}

export function presentVerification(of: Verification): z.output<typeof verified> {
  return { started_at: of.startedAt, checked: presentChecked(of), ...presentFound(of) };
}

export function presentLastLook(of: Look | undefined, pages: WorkflowPages | undefined): z.output<typeof lastLook> {
  if (of === undefined) return { last_look: null };
  const { workflowId, startedAt, closedAt, status, summary } = of;
  return {
    last_look: {
      workflow_id: workflowId,
      workflow_url: workflowUrl(workflowId, pages),
      started_at: startedAt.toISOString(),
      closed_at: closedAt.toISOString(),
      status,
      checked: summary && presentChecked(summary),
      ...(summary === null ? { counts: {}, findings: [] } : presentFound(summary)),
    },
  };
}

export function presentStartedLook(
  workflowId: string | null,
  pages: WorkflowPages | undefined,
): z.output<typeof startedLook> {
  return { workflow_id: workflowId, workflow_url: workflowUrl(workflowId, pages) };
}

function presentFound(of: FindingsSummary): Pick<z.output<typeof verified>, 'counts' | 'findings'> {
  return { counts: { ...of.counts } as Record<string, number>, findings: of.findings.map(presentFinding) };
}
