import { createRemoteJWKSet, customFetch, type FetchImplementation, type RemoteJWKSet } from 'jose';

/** Milliseconds. */
export interface KeySetPatience {
  /** For the key set to arrive. */
  readonly fetch: number;
  /** Between two looks for a key that is not in the set: tokens with made-up key ids must not become requests to somebody else. */
  readonly cooldown: number;
  /** After which the set is fetched again: so long is a key believed that was taken out of it. */
  readonly maxAge: number;
  /** How long the last good set is believed while its address does not answer. */
  readonly outage: number;
  /** After an address did not answer, until it is asked again: tokens of strangers must not keep it busy. */
  readonly pause: number;
}

const usualPatience: KeySetPatience = {
  fetch: 2_000,
  cooldown: 10_000,
  maxAge: 600_000,
  outage: 3_600_000,
  pause: 1_000,
};

/** Bytes: room for hundreds of keys with certificates. */
const largestKeySet = 512 * 1024;

/**
 * The public keys at an address, fetched when they are asked for and kept for a while.
 * @param given other times than the usual ones
 */
export function keySetAt(address: string, given: Partial<KeySetPatience> = {}): RemoteJWKSet {
  const { fetch, cooldown, maxAge, outage, pause } = { ...usualPatience, ...given };
  return createRemoteJWKSet(new URL(address), {
    timeoutDuration: fetch,
    cooldownDuration: cooldown,
    cacheMaxAge: maxAge,
    // What is remembered counts as fetched just now, and so is believed for as long again.
    [customFetch]: rememberingFetch({ outage: Math.max(0, outage - maxAge), pause }),
  });
}

/** Fetches, and where that fails answers with what it got the last time, for a while. */
function rememberingFetch({ outage, pause }: Pick<KeySetPatience, 'outage' | 'pause'>): FetchImplementation {
  let last: { readonly body: string; readonly at: number } | undefined;
  let failed: { readonly why: unknown; readonly at: number } | undefined;
  return async (url, options) => {
    try {
      if (failed !== undefined && Date.now() - failed.at < pause) throw failed.why;
      const body = await textOf(await fetch(url, options));
      // Looked at here: what is no key set must not take the place of one.
      if (!isKeySet(JSON.parse(body))) throw new Error('It is no key set');
      last = { body, at: Date.now() };
      failed = undefined;
    } catch (error) {
      if (failed?.why !== error) failed = { why: error, at: Date.now() };
      if (last === undefined || Date.now() - last.at > outage) throw error;
    }
    return new Response(last.body);
  };
}

/** The body of a key set's address. @throws Error when it answers something else than 200, or with too much */
async function textOf({ status, body }: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    if (status !== 200 || body === null) throw new Error(`The key set's address answers ${status}`);
    // Counted as it arrives, unpacked: leaving the loop ends the connection.
    for await (const chunk of body) {
      size += chunk.byteLength;
      if (size > largestKeySet) throw new Error(`The key set is larger than ${largestKeySet} bytes`);
      chunks.push(chunk);
    }
  } catch (error) {
    await body?.cancel().catch(() => undefined);
    throw error;
  }
  return Buffer.concat(chunks).toString('utf8');
}

function isKeySet(value: unknown): boolean {
  if (!isRecord(value) || !Array.isArray(value['keys'])) return false;
  return value['keys'].every(isRecord);
}

/** Whether a value of JSON is an object, and no list. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
