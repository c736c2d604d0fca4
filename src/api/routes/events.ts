import type { Knex } from 'knex';
import type { ChangePosition } from '../../persistence/change-entries.ts';
import { readKey } from '../../persistence/api-keys.ts';
import { refusedCredentials } from '../credentials/refused-credentials.ts';
import { decodePosition } from '../event-position.ts';
import { validationFailed } from '../problems.ts';
import { defineRoute, type Route } from '../route.ts';
import { badPosition, eventsQuery } from '../schemas/events.ts';

const description =
  'Server-Sent Events. `hello` `{now}` comes first, `change` `{entries}` for what was committed, `time` `{now}` every 15 s, and `reset` ' +
  '`{}` when too much was missed: read everything again. The `id` of an event is where to go on from: send it back as `Last-Event-ID`.';

const stream = defineRoute({
  method: 'GET',
  path: '/api/events/',
  operationId: 'streamEvents',
  access: 'viewer',
  tag: 'audit',
  summary: 'What changes, as it happens',
  query: eventsQuery,
  resumes: true,
  responses: { 200: { description, headers: ['X-Accel-Buffering'], content: ['text/event-stream'] } },
  problems: ['validation-failed', 'unavailable'],
  handle: async ({ query, lastEventId, keyId }, { events, db }) => {
    const from = positionIn(lastEventId) ?? query.last_event_id;
    const body = await events.open({
      ...(from === undefined ? {} : { from }),
      ...(keyId === undefined ? {} : { keyId }),
    });
    try {
      if (keyId !== undefined) await assertGood(db, keyId);
    } catch (error) {
      body.destroy();
      throw error;
    }
    return {
      status: 200,
      headers: { 'X-Accel-Buffering': 'no' },
      content: { type: 'text/event-stream', body, goesOn: true },
    };
  },
});

function positionIn(header: string | undefined): ChangePosition | undefined {
  if (header === undefined || header === '') return undefined;
  const position = decodePosition(header);
  if (position === undefined) throw validationFailed([{ path: 'Last-Event-ID', message: badPosition }]);
  return position;
}

/** It may have been revoked after it was looked at, and before the stream was there to be ended for it. */
async function assertGood(db: Knex, keyId: string): Promise<void> {
  const found = await readKey(db, keyId);
  if (found === undefined || found.key.revokedAt !== null) throw refusedCredentials('The key was revoked.');
}

export const eventRoutes: readonly Route[] = [stream];
