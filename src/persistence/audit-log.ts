import type { Knex } from 'knex';
import type { AuditAction, AuditEntry, AuditObjectType, Cause, Change } from '../domain/audit.ts';
import { noteChange } from './change-notices.ts';
import type { Queryable, Transaction } from './database.ts';
import { readPage, type Direction, type Page, type PageRequest } from './keyset.ts';

interface AuditRow {
  id: string;
  at: Date;
  actor: string;
  on_behalf_of: string | null;
  action: AuditAction;
  object_type: AuditObjectType;
  object_id: string;
  old_value: object | null;
  new_value: object | null;
  request_id: string | null;
  workflow_id: string | null;
}

export interface AuditFilters {
  readonly objectType?: AuditObjectType;
  readonly objectId?: string;
  readonly actor?: string;
  readonly onBehalfOf?: string;
  readonly action?: AuditAction;
  /** Inclusive. */
  readonly start?: Date;
  /** Exclusive. */
  readonly end?: Date;
}

const columns = [
  'id',
  'at',
  'actor',
  'on_behalf_of',
  'action',
  'object_type',
  'object_id',
  'old_value',
  'new_value',
  'request_id',
  'workflow_id',
];

/**
 * The write that records changes; it belongs into the transaction, and the statement, that makes them. Nothing changes without it, so here
 * is where other processes are told, once it is committed.
 */
export function auditEntries(trx: Transaction, changes: readonly Change[], cause: Cause): Knex.QueryBuilder {
  noteChange(trx);
  return trx('audit_log').insert(
    changes.map(({ action, objectType, objectId, oldValue, newValue }) => ({
      actor: cause.actor,
      on_behalf_of: cause.onBehalfOf ?? null,
      action,
      object_type: objectType,
      object_id: objectId,
      old_value: oldValue,
      new_value: newValue,
      request_id: cause.requestId,
      workflow_id: cause.workflowId,
    })),
  );
}

/** Whether the log tells such an action of an object. */
export async function hasAudit(
  db: Queryable,
  objectType: AuditObjectType,
  objectId: string,
  action: AuditAction,
): Promise<boolean> {
  return (
    (await db('audit_log').where({ object_type: objectType, object_id: objectId, action }).first('id')) !== undefined
  );
}

/** Entries, newest first. */
export async function listAudit(db: Queryable, filters: AuditFilters, page: PageRequest): Promise<Page<AuditEntry>> {
  const query = db('audit_log').select(columns);
  const { objectType, objectId, actor, onBehalfOf, action, start, end } = filters;
  if (objectType !== undefined) void query.where('object_type', objectType);
  if (objectId !== undefined) void query.where('object_id', objectId);
  if (actor !== undefined) void query.where('actor', actor);
  if (onBehalfOf !== undefined) void query.where('on_behalf_of', onBehalfOf);
  if (action !== undefined) void query.where('action', action);
  if (start !== undefined) void query.where('at', '>=', start);
  if (end !== undefined) void query.where('at', '<', end);
  return readEntries(query, 'desc', page);
}

/** The story of one order: its entries and those of its reservations, oldest first. */
export async function listOrderAudit(db: Queryable, orderId: string, page: PageRequest): Promise<Page<AuditEntry>> {
  // Read first and not as a subquery beside an OR, for which the planner would go through the whole log.
  const reservations: { id: string }[] = await db('reservations').where({ order_id: orderId }).select('id');
  const objects = [['Order', orderId], ...reservations.map(({ id }) => ['Reservation', id])];
  return readEntries(db('audit_log').select(columns).whereIn(['object_type', 'object_id'], objects), 'asc', page);
}

function readEntries(query: Knex.QueryBuilder, direction: Direction, page: PageRequest): Promise<Page<AuditEntry>> {
  return readPage(
    query,
    { keys: [{ column: 'id', type: 'bigint' }], direction, position: ({ id }: AuditRow) => [id] },
    page,
    presentEntry,
  );
}

function presentEntry(row: AuditRow): AuditEntry {
  return {
    id: row.id,
    actor: row.actor,
    onBehalfOf: row.on_behalf_of,
    action: row.action,
    objectType: row.object_type,
    objectId: row.object_id,
    oldValue: row.old_value,
    newValue: row.new_value,
    timestamp: row.at.toISOString(),
    requestId: row.request_id,
    workflowId: row.workflow_id,
  };
}
