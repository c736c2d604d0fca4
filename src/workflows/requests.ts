import { systemActor } from '../domain/audit.ts';
import type { KeyNote } from '../domain/key-note.ts';
import { isOrderStatus, type OrderStatus } from '../domain/order-status.ts';
import { isPlainText, isUuid } from '../domain/text.ts';
import type { Claim } from './messages.ts';

/** Bounds of what signals and updates say, in characters and seconds. Frozen: another bound would judge recorded signals differently on replay. */
const bounds = { actor: 100, reason: 200, extension: 864_000, fingerprint: 100 } as const;

/** Who wants something, as signals and updates say it, checked. */
export interface Requester {
  readonly actor: string;
  /** For whom, as the actor says. */
  readonly onBehalfOf?: string;
  /** Null when it was no request, but a cancellation of the workflow. */
  readonly requestId: string | null;
  readonly reason?: string;
}

/** A step that somebody wants an order to take. */
export interface Step extends Requester {
  readonly newStatus: OrderStatus;
  readonly key?: KeyNote;
}

/** An end that somebody wants a standalone reservation to have. */
export interface End extends Requester {
  readonly endAs: 'confirmed' | 'released';
}

/** A hold that somebody wants to last longer. */
export interface Extension extends Requester {
  readonly seconds: number;
}

/** Thrown when the payload of a signal or an update is not of its shape. Anybody may send one; what it holds reaches the database. */
export class MalformedRequest extends Error {
  override readonly name = 'MalformedRequest';
}

/**
 * Reads `{ actor, on_behalf_of?, request_id, reason? }`.
 * @throws MalformedRequest naming the field
 */
export function parseRequester(payload: unknown): Requester {
  const { actor, on_behalf_of: party, request_id: requestId, reason } = fieldsOf(payload);
  const who = nameOf('actor', actor);
  if (typeof requestId !== 'string' || !isUuid(requestId)) throw new MalformedRequest('request_id must be a UUID');
  return {
    actor: who,
    ...(party !== undefined && party !== null && { onBehalfOf: nameOf('on_behalf_of', party) }),
    requestId,
    ...(reason !== undefined && reason !== null && { reason: plainText('reason', reason, bounds.reason) }),
  };
}

function nameOf(field: string, value: unknown): string {
  const name = plainText(field, value, bounds.actor);
  // Timers and repairs sign the audit log with this name: nobody else may.
  if (name.toLowerCase() === systemActor) throw new MalformedRequest(`${field} must not be ${systemActor}`);
  return name;
}

/**
 * Reads a requester, `new_status` and `key?: { id, fingerprint }`.
 * @throws MalformedRequest naming the field
 */
export function parseStep(payload: unknown): Step {
  const { new_status: newStatus, key } = fieldsOf(payload);
  if (!isOrderStatus(newStatus)) throw new MalformedRequest('new_status must be a status of an order');
  return { ...parseRequester(payload), newStatus, ...(key !== undefined && key !== null && { key: parseKey(key) }) };
}

function parseKey(payload: unknown): KeyNote {
  const { id, fingerprint } = fieldsOf(payload);
  if (typeof id !== 'string' || !isUuid(id)) throw new MalformedRequest('the id of a key must be a UUID');
  return { id, fingerprint: plainText('the fingerprint of a key', fingerprint, bounds.fingerprint) };
}

/**
 * Reads a requester and `end_as`.
 * @throws MalformedRequest naming the field
 */
export function parseEnd(payload: unknown): End {
  const { end_as: endAs } = fieldsOf(payload);
  if (endAs !== 'confirmed' && endAs !== 'released') throw new MalformedRequest('end_as must be confirmed or released');
  return { ...parseRequester(payload), endAs };
}

/**
 * Reads a requester and `seconds`.
 * @throws MalformedRequest naming the field
 */
export function parseExtension(payload: unknown): Extension {
  const { seconds } = fieldsOf(payload);
  if (typeof seconds !== 'number' || !Number.isInteger(seconds) || seconds < 1 || seconds > bounds.extension)
    throw new MalformedRequest(`seconds must be a whole number from 1 to ${bounds.extension}`);
  return { ...parseRequester(payload), seconds };
}

/** Whether a command wants a hold to last longer. */
export function isExtension(command: object): command is Extension {
  return 'seconds' in command;
}

/** The claim of a request; undefined when it has none or none that could be given back. */
export function claimOf(payload: unknown): Claim | undefined {
  const { claim } = fieldsOf(payload);
  if (typeof claim !== 'object' || claim === null) return undefined;
  const { token, fingerprint } = claim as Record<string, unknown>;
  return typeof token === 'string' && typeof fingerprint === 'string' ? { token, fingerprint } : undefined;
}

/** Text in NFC, as the API takes it, so that what is written is found again. */
function plainText(field: string, value: unknown, max: number): string {
  if (typeof value === 'string' && isPlainText(value.normalize('NFC'), max)) return value.normalize('NFC');
  throw new MalformedRequest(`${field} must be text of 1 to ${max} characters`);
}

function fieldsOf(payload: unknown): Record<string, unknown> {
  if (typeof payload !== 'object' || payload === null) throw new MalformedRequest('the payload must be an object');
  return payload as Record<string, unknown>;
}
