import { systemActor } from '../../domain/audit.ts';
import { limits } from '../../domain/limits.ts';
import type { FieldError } from '../problems.ts';
import type { ApiContext } from './context.ts';

/** Printable ASCII with something in it to see; Node has trimmed the ends. */
const visible = new RegExp(`^[\\x20-\\x7e]{1,${limits.actor}}$`);

/**
 * Who is calling: the header X-Actor, else `anonymous`.
 * @returns an error when it is empty or too long, holds other than visible ASCII characters, or claims to be `system`
 */
export function actorOf(ctx: ApiContext): string | FieldError {
  if (ctx.req.headers['x-actor'] === undefined) return 'anonymous';
  // Node joins repeated headers: a proxy that adds its own beside the caller's must not make a third name of both.
  if ((ctx.req.headersDistinct['x-actor']?.length ?? 0) > 1) {
    return { path: 'X-Actor', message: 'is given more than once' };
  }
  const actor = ctx.get('X-Actor');
  if (!visible.test(actor))
    return { path: 'X-Actor', message: `must be 1 to ${limits.actor} visible ASCII characters` };
  // Timers and repairs sign the audit log with this name: nobody else may.
  if (actor.toLowerCase() === systemActor) {
    return { path: 'X-Actor', message: `must not be ${systemActor}, which is reserved` };
  }
  return actor;
}
