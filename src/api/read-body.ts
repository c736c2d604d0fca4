import type { IncomingMessage } from 'node:http';
import { findDuplicateKey } from './duplicate-key.ts';
import { ProblemError } from './problems.ts';
import { readCsv, type TableRules } from './read-csv.ts';

/** What a body may be. */
export interface BodyRules {
  /** Bytes. */
  readonly largest: number;
  /** The table that is taken as CSV as well as in JSON; none unless given. */
  readonly table?: TableRules;
  /** Mistakes that an answer lists of those in the body; all unless given. */
  readonly mistakes?: number;
}

const counted = new Intl.NumberFormat('en-US');

export const usualBodies: BodyRules = { largest: 64 * 1024 };

/** A body as it was sent, not checked yet. */
export interface SentBody {
  readonly value: unknown;
  /** Of CSV: the line on which each row begins, counted from 1. */
  readonly lines?: readonly number[];
}

/** The media types that a body may have. */
export function mediaTypes({ table }: BodyRules): readonly ('application/json' | 'text/csv')[] {
  return table === undefined ? ['application/json'] : ['application/json', 'text/csv'];
}

/**
 * Makes out the bytes of a body; undefined when there are none.
 * A parser of our own, since the usual ones replace bytes that are not UTF-8 and unpack compressed bodies of any size.
 * @throws ProblemError unsupported-media-type, malformed-json, malformed-csv
 */
export function parseBody(request: IncomingMessage, bytes: Buffer, rules: BodyRules): SentBody | undefined {
  const isTable = rules.table !== undefined && mediaType(request) === 'text/csv';
  // An empty CSV is told what belongs into a CSV.
  if (bytes.length === 0 && !isTable) return undefined;
  assertTaken(request, mediaTypes(rules));
  if (isTable) return readCsv(decodeUtf8(bytes, 'malformed-csv'), rules.table);
  return { value: readJson(decodeUtf8(bytes, 'malformed-json')) };
}

function readJson(text: string): unknown {
  const value = parseJson(text);
  const duplicate = findDuplicateKey(text);
  if (duplicate === undefined) return value;
  const shown = JSON.stringify(duplicate.slice(0, 50));
  throw new ProblemError('malformed-json', `An object in the body has the key ${shown} twice.`);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new ProblemError('malformed-json', 'The body is not JSON.', { cause: error });
  }
}

function mediaType(request: IncomingMessage): string {
  const [type = ''] = (request.headers['content-type'] ?? '').split(';', 1);
  return type.trim().toLowerCase();
}

function assertTaken(request: IncomingMessage, types: readonly string[]): void {
  const type = mediaType(request);
  const [, ...parameters] = (request.headers['content-type'] ?? '').split(';').map((part) => part.trim());
  const others = parameters.filter((parameter) => !/^(?:charset="?utf-8"?)?$/i.test(parameter));
  // A CSV says by this whether it has a header line (RFC 4180).
  const isHeadless = type === 'text/csv' && others.some((parameter) => /^header="?absent"?$/i.test(parameter));
  const strange = type === 'text/csv' ? others.filter((parameter) => !/^header="?present"?$/i.test(parameter)) : others;
  const encoding = request.headers['content-encoding'] ?? 'identity';
  if (types.includes(type) && strange.length === 0 && encoding.toLowerCase() === 'identity') return;
  throw new ProblemError(
    'unsupported-media-type',
    types.includes(type) && isHeadless
      ? 'A CSV with header=absent is not taken: send one whose first line names its columns, without this parameter.'
      : `Send the body as uncompressed UTF-8 with the header Content-Type: ${types.join(' or ')}.`,
    { headers: { Accept: types.join(', ') } },
  );
}

/**
 * Collects the body. The caller may be answered before it has sent all of a body that is too large; Node discards the rest.
 * @throws ProblemError payload-too-large, malformed-request
 */
export function readBytes(request: IncomingMessage, { largest }: BodyRules): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const tooLarge = (): void => {
      request.removeAllListeners('data').pause();
      reject(new ProblemError('payload-too-large', `The body is larger than ${counted.format(largest)} bytes.`));
    };
    if (Number(request.headers['content-length'] ?? 0) > largest) return tooLarge();
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > largest) tooLarge();
      else chunks.push(chunk);
    });
    request.on('end', () => resolve(Buffer.concat(chunks)));
    const cutShort = (cause?: unknown): void =>
      reject(new ProblemError('malformed-request', 'The connection closed before the body ended.', { cause }));
    request.on('close', () => cutShort());
    // First of the two when the caller hangs up, and with a code that a lost database has as well (ECONNRESET).
    request.on('error', cutShort);
  });
}

function decodeUtf8(bytes: Buffer, otherwise: 'malformed-json' | 'malformed-csv'): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    const detail =
      otherwise === 'malformed-csv' ? 'The body is not UTF-8: save it as CSV UTF-8.' : 'The body is not UTF-8.';
    throw new ProblemError(otherwise, detail, { cause: error });
  }
}
