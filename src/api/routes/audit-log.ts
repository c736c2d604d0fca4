import { listAudit } from '../../persistence/audit-log.ts';
import { positions } from '../cursor.ts';
import { defined } from '../defined.ts';
import { answerPage } from '../pages.ts';
import { defineRoute, type Route } from '../route.ts';
import { auditEntry, auditQuery, presentAuditEntry } from '../schemas/audit-log.ts';

const list = defineRoute({
  method: 'GET',
  path: '/api/audit-log/',
  operationId: 'listAudit',
  access: 'viewer',
  tag: 'audit',
  summary: 'Who did what, newest first',
  query: auditQuery,
  responses: { 200: { description: 'A page of audit entries', items: auditEntry } },
  problems: ['validation-failed'],
  handle: ({ query }, { db }) => {
    const {
      object_type: objectType,
      object_id: objectId,
      actor,
      on_behalf_of: onBehalfOf,
      action,
      start_date: start,
      end_date: end,
    } = query;
    const filters = defined({ objectType, objectId, actor, onBehalfOf, action, start, end });
    return answerPage(
      { list: 'audit-log', query, position: positions.id },
      (page) => listAudit(db, filters, page),
      presentAuditEntry,
    );
  },
});

export const auditLogRoutes: readonly Route[] = [list];
