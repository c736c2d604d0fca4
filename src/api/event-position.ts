import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { ChangePosition } from '../persistence/change-entries.ts';
import { isSnapshot } from '../persistence/snapshot.ts';

const envelope = z.tuple([z.string(), z.string().regex(/^[\w-]{1,64}$/), z.string().refine(isSnapshot)]);

/**
 * A position as callers get it: opaque, fit for a header and an address.
 * @returns undefined for one that would be too long; whoever comes back then says the one before, and is told more than once
 */
export function encodePosition({ cluster, snapshot }: ChangePosition): string | undefined {
  if (!isSnapshot(snapshot)) return undefined;
  return Buffer.from(JSON.stringify([checksum(cluster, snapshot), cluster, snapshot])).toString('base64url');
}

/** The position that a caller sent back. @returns undefined when it is damaged: nothing else gets near the database */
export function decodePosition(text: string): ChangePosition | undefined {
  const [sum, cluster, snapshot] = unpack(text) ?? [];
  if (cluster === undefined || snapshot === undefined || sum !== checksum(cluster, snapshot)) return undefined;
  const position = { cluster, snapshot };
  // A second spelling of the same bytes is not one that we gave out.
  return encodePosition(position) === text ? position : undefined;
}

function unpack(text: string): z.output<typeof envelope> | undefined {
  try {
    return envelope.safeParse(JSON.parse(Buffer.from(text, 'base64url').toString('utf8'))).data;
  } catch {
    return undefined;
  }
}

/** Guards against mistakes, not against forgery: there is nothing secret in a position. */
function checksum(cluster: string, snapshot: string): string {
  return createHash('sha256').update(`${cluster} ${snapshot}`).digest('base64url').slice(0, 16);
}
