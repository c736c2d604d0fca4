import { z } from 'zod';
import { auditActions, auditObjectTypes, type AuditEntry } from '../../domain/audit.ts';
import { limits } from '../../domain/limits.ts';
import { paging, rangeEnd, rangeStart } from './queries.ts';
import { plainText, timestamp } from './values.ts';

/** What an audit entry says about an object before or after: it differs from action to action. */
const auditValue = z.record(z.string(), z.unknown()).nullable();

export const auditEntry = z
  .strictObject({
    id: z.string().regex(/^\d+$/),
    actor: z.string(),
    on_behalf_of: z.string().nullable(),
    action: z.enum(auditActions),
    object_type: z.enum(auditObjectTypes),
    object_id: z.string(),
    old_value: auditValue,
    new_value: auditValue,
    timestamp,
    request_id: z.guid().nullable(),
    workflow_id: z.string().nullable(),
  })
  .meta({ id: 'AuditEntry', description: 'Who did what to which object.' });

export function presentAuditEntry(of: AuditEntry): z.output<typeof auditEntry> {
  return {
    id: of.id,
    actor: of.actor,
    on_behalf_of: of.onBehalfOf,
    action: of.action,
    object_type: of.objectType,
    object_id: of.objectId,
    old_value: of.oldValue && { ...of.oldValue },
    new_value: of.newValue && { ...of.newValue },
    timestamp: of.timestamp,
    request_id: of.requestId,
    workflow_id: of.workflowId,
  };
}

export const auditQuery = z.strictObject({
  ...paging,
  object_type: z.enum(auditObjectTypes).optional(),
  object_id: plainText(limits.name).optional(),
  actor: plainText(limits.actor).optional(),
  on_behalf_of: plainText(limits.actor).optional(),
  action: z.enum(auditActions).optional(),
  start_date: rangeStart.optional(),
  end_date: rangeEnd.optional(),
});
