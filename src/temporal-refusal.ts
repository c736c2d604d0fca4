import { once } from 'node:events';
import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';
import { isGrpcServiceError } from '@temporalio/client';
import { hostOf, type TemporalConnectionSettings } from './temporal-settings.ts';

/** Thrown when there is a Temporal, but it and this process do not get on; the message is one line that names what to look at. */
export class TemporalRefusal extends Error {
  override readonly name = 'TemporalRefusal';
}

/** A Temporal and how it was to be reached. */
export interface TemporalPlace extends TemporalConnectionSettings {
  /** `host:port` */
  readonly address: string;
  readonly namespace: string;
}

/** The calls that show whether this process may do anything in its namespace; both kinds of connections have them. */
interface NamespaceConnection {
  withDeadline<T>(deadline: number | Date, work: () => Promise<T>): Promise<T>;
  readonly workflowService: { describeNamespace(request: { namespace: string }): Promise<unknown> };
}

/** Milliseconds for an answer about the namespace. */
const patience = 5_000;

/** Milliseconds in which a server that was reached has said its first word, or has hung up. */
const probeMs = 2_000;

const certificateVariables = 'TEMPORAL_TLS_CLIENT_CERT_PATH and TEMPORAL_TLS_CLIENT_KEY_PATH';

/**
 * Demands that this process may use its namespace. That the connection came about does not tell: Temporal answers the first call of
 * a client whatever its key is.
 * @throws what the server said, for {@link temporalRefusal}
 */
export async function assertNamespace(connection: NamespaceConnection, namespace: string): Promise<void> {
  await connection.withDeadline(Date.now() + patience, () =>
    connection.workflowService.describeNamespace({ namespace }),
  );
}

/**
 * Finds out why a Temporal cannot be used. The clients say of most of it only that time ran out, so the address is asked once more.
 * @returns undefined when it is not there, or for another reason
 */
export async function temporalRefusal(error: unknown, place: TemporalPlace): Promise<TemporalRefusal | undefined> {
  const line = lineOf(statusOf(error), place) ?? (await handshakeLine(place));
  // Without the cause: what clients say about a connection may quote what was sent.
  return line === undefined ? undefined : new TemporalRefusal(line);
}

type Status = 'not found' | 'unauthorized';

/** What the server answered to a call; undefined when it did not, or something else. */
function statusOf(error: unknown): Status | undefined {
  if (!(error instanceof Error)) return undefined;
  const [notFound, permissionDenied, unauthenticated] = [5, 7, 16];
  const code: number | undefined = [error, error.cause].find(isGrpcServiceError)?.code;
  if (code === notFound) return 'not found';
  if (code === permissionDenied || code === unauthenticated) return 'unauthorized';
  // The native client has the code only in these words.
  return /valid authentication credentials|does not have permission/.test(error.message) ? 'unauthorized' : undefined;
}

function lineOf(status: Status | undefined, place: TemporalPlace): string | undefined {
  if (status === undefined) return undefined;
  if (status === 'unauthorized') return unauthorized(place);
  return `Temporal at ${place.address} has no namespace ${place.namespace}. Create it, or correct TEMPORAL_NAMESPACE.`;
}

function unauthorized({ address, namespace, apiKey, tls }: TemporalPlace): string {
  const start = `Temporal at ${address} does not let this process into the namespace ${namespace}. Check TEMPORAL_NAMESPACE and `;
  if (apiKey !== undefined) return `${start}TEMPORAL_API_KEY.`;
  const hasCertificate = typeof tls === 'object' && tls?.clientCertPair !== undefined;
  return `${start}${hasCertificate ? 'TEMPORAL_TLS_CLIENT_CERT_PATH' : `set TEMPORAL_API_KEY, or ${certificateVariables}`}.`;
}

async function handshakeLine(place: TemporalPlace): Promise<string | undefined> {
  const { address, tls } = place;
  if (tls === undefined || tls === false || tls === null) {
    const speaksTls = (await probe(place, {})) === 'greeted';
    return speaksTls
      ? `Temporal at ${address} wants TLS. Set TEMPORAL_TLS=true, and TEMPORAL_TLS_SERVER_CA_CERT_PATH if its authority is not a public one.`
      : undefined;
  }
  const settings = tls === true ? {} : tls;
  const pair = settings.clientCertPair;
  const outcome = await probe(place, {
    ...(settings.serverRootCACertificate ? { ca: Buffer.from(settings.serverRootCACertificate) } : {}),
    ...(settings.serverNameOverride ? { servername: settings.serverNameOverride } : {}),
    ...(pair ? { cert: Buffer.from(pair.crt), key: Buffer.from(pair.key) } : {}),
    rejectUnauthorized: true,
  });
  switch (outcome) {
    case 'greeted':
    case 'absent':
      return undefined;
    case 'plain':
      return `Temporal at ${address} speaks no TLS. Correct TEMPORAL_ADDRESS, or take TEMPORAL_API_KEY and TEMPORAL_TLS… away.`;
    case 'other name':
      return `The certificate of Temporal at ${address} is for another name. Correct TEMPORAL_ADDRESS, or set TEMPORAL_TLS_SERVER_NAME.`;
    case 'expired':
      return `The certificate of Temporal at ${address} is not valid now. Renew it, or check the clock of this machine.`;
    case 'unknown authority':
      return (
        `The certificate of Temporal at ${address} is of an authority that is not known here. Check TEMPORAL_ADDRESS and ` +
        'TEMPORAL_TLS_SERVER_CA_CERT_PATH.'
      );
    case 'turned away':
      return pair
        ? `Temporal at ${address} does not take the client certificate. Check TEMPORAL_TLS_CLIENT_CERT_PATH: it may be expired, or of ` +
            'an authority that the server does not know.'
        : `Temporal at ${address} asks for a client certificate. Set ${certificateVariables}.`;
  }
}

type Outcome = 'absent' | 'plain' | 'other name' | 'expired' | 'unknown authority' | 'turned away' | 'greeted';

/** Connects by TLS until the server says its first word, which it does by itself in HTTP/2. Without `rejectUnauthorized` whoever speaks TLS has greeted. */
async function probe({ address }: TemporalPlace, options: ConnectionOptions): Promise<Outcome> {
  const host = hostOf(address);
  const port = Number(/:(\d+)$/.exec(address)?.[1] ?? 7233);
  const signal = AbortSignal.timeout(probeMs);
  const tcp = connectTcp({ host, port });
  let socket: Socket = tcp;
  try {
    await once(tcp, 'connect', { signal });
    const isIp = /^[\d.]+$|:/.test(host);
    const trusting = options.rejectUnauthorized === undefined;
    const secure = connectTls({
      ...(isIp ? {} : { servername: host }),
      ...options,
      // oxlint-disable-next-line earmark/no-unverified-peer -- It is only asked whether it speaks TLS: nothing is said to it, or believed.
      ...(trusting ? { rejectUnauthorized: false } : {}),
      // What the name of the certificate is compared with.
      host,
      socket: tcp,
      ALPNProtocols: ['h2'],
    });
    socket = secure;
    await once(secure, 'secureConnect', { signal });
    if (trusting) return 'greeted';
    // A server turns away certificates only after that: by an alert, or by hanging up.
    const hungUp = Promise.race([once(secure, 'end', { signal }), once(secure, 'close', { signal })]).then(
      () => 'turned away' as const,
    );
    return await Promise.race([once(secure, 'data', { signal }).then(() => 'greeted' as const), hungUp]);
  } catch (error) {
    return outcomeOf(error, socket !== tcp);
  } finally {
    socket.on('error', () => undefined).destroy();
    tcp.on('error', () => undefined).destroy();
  }
}

function outcomeOf(error: unknown, reached: boolean): Outcome {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (!reached || code === 'ABORT_ERR') return 'absent';
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') return 'other name';
  if (code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID') return 'expired';
  if (/^(UNABLE_TO|SELF_SIGNED|DEPTH_ZERO|CERT_|INVALID_CA|PATH_LENGTH|ERROR_IN_CERT)/.test(code)) {
    return 'unknown authority';
  }
  if (/WRONG_VERSION_NUMBER|PACKET_LENGTH|UNKNOWN_PROTOCOL|HTTP_REQUEST/.test(code)) return 'plain';
  return 'turned away';
}
