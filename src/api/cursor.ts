import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Position } from '../persistence/keyset.ts';

/** What a cursor belongs to: the list with its sort and filters. A cursor of another scope is foreign. */
export type CursorScope = Readonly<Record<string, unknown>>;

const instant = z.iso.datetime({ precision: 3 }).refine((text) => !text.startsWith('0000'));
const wholeNumber = z.string().regex(/^\d{1,18}$/);

/** The shapes of positions, by what a list is sorted by. A forged position must not reach the database as something else. */
export const positions = {
  createdAt: z.tuple([instant, z.guid()]),
  total: z.tuple([wholeNumber, z.guid()]),
  id: z.tuple([wholeNumber]),
  key: z.tuple([instant, z.string().regex(/^[a-z0-9]{12}$/)]),
  priority: z.tuple([z.string().regex(/^\d{1,9}$/), z.string().regex(/^[^\0]+$/)]),
} as const;

export type PositionSchema = (typeof positions)[keyof typeof positions];

const envelope = z.tuple([z.string(), z.array(z.string())]);

/** An opaque cursor for the page after a position. */
export function encodeCursor(position: Position, scope: CursorScope): string {
  return Buffer.from(JSON.stringify([checksum(position, scope), position])).toString('base64url');
}

/**
 * The position in a cursor.
 * @returns undefined when it is damaged, or belongs to another list, sort or set of filters
 */
export function decodeCursor(cursor: string, scope: CursorScope, schema: PositionSchema): Position | undefined {
  const [sum, position] = unpack(cursor) ?? [];
  if (position === undefined || sum !== checksum(position, scope)) return undefined;
  // A second spelling of the same bytes (padding, other alphabet) is not a cursor we gave out.
  if (encodeCursor(position, scope) !== cursor) return undefined;
  return schema.safeParse(position).data;
}

function unpack(cursor: string): z.output<typeof envelope> | undefined {
  try {
    return envelope.safeParse(JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'))).data;
  } catch {
    return undefined;
  }
}

/** Guards against mistakes, not against forgery: there is nothing secret in a position. */
function checksum(position: Position, scope: CursorScope): string {
  const entries = Object.entries(scope)
    .filter(([, value]) => value !== undefined)
    .toSorted(([a], [b]) => (a < b ? -1 : 1));
  const text = JSON.stringify([position, entries], (_, value: unknown) =>
    typeof value === 'bigint' ? value.toString() : value,
  );
  return createHash('sha256').update(text).digest('base64url').slice(0, 16);
}
