import { z } from 'zod';
import { limits } from '../../domain/limits.ts';
import { takesKey, type Route } from '../route.ts';

/** The request headers that mean something to the API. What enforces them is in middleware; here is what it enforces. */
const requestId = z
  .string()
  .optional()
  .meta({
    id: 'RequestId',
    description:
      'A UUID that becomes the id of this request. Anything else is ignored, and the request gets a new one.',
    examples: ['6f1c2a52-8f35-4c0e-9d7e-2f6b3f1a9c11'],
  });

const actor = z
  .string()
  .optional()
  .meta({
    id: 'Actor',
    description:
      'With credentials: for whom the request acts, which takes the role `operator`. Without: who it is, else `anonymous`. The name ' +
      '`system` is reserved.',
    minLength: 1,
    maxLength: limits.actor,
    pattern: `^[!-~](?:[ -~]{0,${limits.actor - 2}}[!-~])?$`,
    not: { type: 'string', pattern: '^[Ss][Yy][Ss][Tt][Ee][Mm]$' },
    examples: ['anna'],
  });

const idempotencyKey = z
  .string()
  .optional()
  .meta({
    id: 'IdempotencyKey',
    description:
      'Names what is asked for, so that asking again does not do it again: the first answer is given again, with ' +
      '`Idempotent-Replayed`. The same key with another body is refused.',
    minLength: 8,
    maxLength: 255,
    pattern: '^[!-~]{8,255}$',
    examples: ['order-2026-0017'],
  });

const prefer = z
  .string()
  .optional()
  .meta({
    id: 'Prefer',
    description:
      '`respond-async`: send the step as a signal and answer 202 without waiting for it. The rest is ignored.',
    examples: ['respond-async'],
  });

const lastEventId = z.string().optional().meta({
  id: 'LastEventId',
  description: 'The `id` of the last event that arrived: what was missed since then comes first.',
});

/** The header parameters of a route. */
export function headerParameters(route: Route): z.ZodObject {
  return z.object({
    'X-Request-Id': requestId,
    'X-Actor': actor,
    ...(takesKey(route) ? { 'Idempotency-Key': idempotencyKey } : {}),
    ...(route.resumes === true ? { 'Last-Event-ID': lastEventId } : {}),
    ...(route.preference === true ? { Prefer: prefer } : {}),
  });
}
