import { systemActor } from '../../domain/audit.ts';
import { isProvenActor, type Identity } from '../../domain/identity.ts';
import { limits } from '../../domain/limits.ts';
import type { FieldError } from '../problems.ts';
import type { ApiContext } from './context.ts';

/** Printable ASCII with something in it to see; Node has trimmed the ends. */
const visible = new RegExp(`^[\\x20-\\x7e]{1,${limits.actor}}$`);

/** Who calls, and for whom. */
export interface Caller {
  readonly actor: string;
  readonly onBehalfOf?: string;
}

/**
 * Who is calling. With credentials they say it, and the header X-Actor says for whom; without them it is whoever X-Actor says, else
 * `anonymous`.
 * @returns an error when the header is empty or too long, holds other than visible ASCII characters, or claims a name that nobody may
 *   give themselves
 */
export function callerOf(ctx: ApiContext, identity: Identity): Caller | FieldError {
  const named = namedIn(ctx);
  if (named === undefined) return { actor: identity.actor };
  if (typeof named !== 'string') return named;
  if (!identity.isProven) return { actor: named };
  return { actor: identity.actor, onBehalfOf: named };
}

function namedIn(ctx: ApiContext): string | FieldError | undefined {
  if (ctx.req.headers['x-actor'] === undefined) return undefined;
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
  // Also not by those who are proven: whoever reads the log, or whose limits they are, must not take it for somebody else's.
  if (isProvenActor(actor)) {
    return { path: 'X-Actor', message: 'must not begin like a name that credentials or commands give' };
  }
  return actor;
}
