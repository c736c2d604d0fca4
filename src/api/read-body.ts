import type { IncomingMessage } from 'node:http';
import { findDuplicateKey } from './duplicate-key.ts';
import { ProblemError } from './problems.ts';

/** Bytes. */
const largestBody = 64 * 1024;

/**
 * Reads the JSON body of a request; undefined when there is none.
 * A parser of our own, since the usual ones replace bytes that are not UTF-8 and unpack compressed bodies of any size.
 * @throws ProblemError unsupported-media-type, payload-too-large, malformed-json
 */
export async function readJsonBody(request: IncomingMessage): Promise<unknown> {
  const bytes = await readBytes(request);
  if (bytes.length === 0) return undefined;
  assertJson(request);
  const text = decodeUtf8(bytes);
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

function assertJson(request: IncomingMessage): void {
  const [type = '', ...parameters] = (request.headers['content-type'] ?? '').split(';').map((part) => part.trim());
  const readable = parameters.every((parameter) => parameter === '' || /^charset="?utf-8"?$/i.test(parameter));
  const encoding = request.headers['content-encoding'] ?? 'identity';
  if (type.toLowerCase() === 'application/json' && readable && encoding.toLowerCase() === 'identity') return;
  throw new ProblemError(
    'unsupported-media-type',
    'Send the body as uncompressed UTF-8 with the header Content-Type: application/json.',
    { headers: { Accept: 'application/json' } },
  );
}

/** Collects the body. The caller may be answered before it has sent all of a body that is too large; Node discards the rest. */
function readBytes(request: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const tooLarge = (): void => {
      request.removeAllListeners('data').pause();
      reject(new ProblemError('payload-too-large', `The body is larger than ${largestBody} bytes.`));
    };
    if (Number(request.headers['content-length'] ?? 0) > largestBody) return tooLarge();
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > largestBody) tooLarge();
      else chunks.push(chunk);
    });
    request.on('end', () => resolve(Buffer.concat(chunks)));
    request.on('close', () =>
      reject(new ProblemError('malformed-request', 'The connection closed before the body ended.')),
    );
    request.on('error', reject);
  });
}

function decodeUtf8(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    throw new ProblemError('malformed-json', 'The body is not UTF-8.', { cause: error });
  }
}
