import { once } from 'node:events';
import {
  connect,
  constants,
  createSecureServer,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import type { AddressInfo } from 'node:net';
import type { KeyPair } from './certificates.ts';

/** A Temporal behind TLS, as a cluster is: who has no client certificate, or not the API key if it asks for one, is turned away. */
export interface TlsFront {
  /** `localhost:port` */
  readonly address: string;
  /** The `authorization` of every call that came, with its path: "/…/GetSystemInfo". */
  readonly calls: readonly { readonly path: string; readonly authorization: string | undefined }[];
  /** From now on calls must bring another API key. */
  demand(apiKey: string): void;
  stop(): Promise<void>;
}

export interface TlsFrontOptions {
  /** Of the server behind it, which speaks HTTP/2 in clear: `host:port`. */
  readonly to: string;
  readonly server: KeyPair;
  /** The authority that client certificates must be of; without it nobody has to show one. */
  readonly clientAuthority?: string;
  /** What calls must bring; without it nothing. */
  readonly apiKey?: string;
  /** The gRPC status of those that do not: UNAUTHENTICATED unless given. */
  readonly refusal?: number;
  /** Answers the first call of a client, GetSystemInfo, whatever it brings. */
  readonly greetsAll?: boolean;
}

const unauthenticated = 16;

/** Starts the front on a free port. */
export async function startTlsFront(options: TlsFrontOptions): Promise<TlsFront> {
  const { to, server: own, clientAuthority, refusal = unauthenticated, greetsAll = false } = options;
  let { apiKey } = options;
  const calls: { path: string; authorization: string | undefined }[] = [];
  const behind = connect(`http://${to}`);
  const server = createSecureServer({
    ...own,
    ...(clientAuthority === undefined ? {} : { ca: clientAuthority, requestCert: true, rejectUnauthorized: true }),
  });
  const sessions = new Set<ServerHttp2Session>();
  server.on('session', (session) => {
    sessions.add(session);
    session.on('close', () => sessions.delete(session)).on('error', () => undefined);
  });
  // Whoever is turned away while the connection is made shows up here.
  server.on('tlsClientError', () => undefined);
  server.on('stream', (stream, headers) => {
    // A call that comes in while the front is stopped.
    if (behind.destroyed) return stream.close(constants.NGHTTP2_REFUSED_STREAM);
    const { authorization } = headers;
    calls.push({ path: headers[':path'] ?? '', authorization });
    const isGreeting = greetsAll && headers[':path']?.endsWith('/GetSystemInfo') === true;
    if (apiKey !== undefined && !isGreeting && authorization !== `Bearer ${apiKey}`) {
      const status = { 'grpc-status': String(refusal), 'grpc-message': 'Request unauthorized.' };
      stream.respond({ ':status': 200, 'content-type': 'application/grpc', ...status }, { endStream: true });
      return;
    }
    const { ':method': method, ':path': path, ':scheme': _, ':authority': __, host: ___, ...rest } = headers;
    forward(stream, behind.request({ ':method': method, ':path': path, ...rest }, { endStream: false }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    address: `localhost:${(server.address() as AddressInfo).port}`,
    calls,
    demand(key) {
      apiKey = key;
    },
    async stop() {
      const closed = once(server, 'close');
      server.close();
      behind.destroy();
      for (const session of sessions) session.destroy();
      await closed;
    },
  };
}

/** Hands a call on with its body, and back with headers, body and trailers. */
function forward(stream: ServerHttp2Stream, call: ReturnType<ReturnType<typeof connect>['request']>): void {
  let trailers: IncomingHttpHeaders = {};
  stream.pipe(call);
  call.on('response', (headers, flags) => {
    if (stream.destroyed) return;
    // A gRPC answer may be nothing but its trailers.
    const isAll = (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0;
    stream.respond(headers, { endStream: isAll, waitForTrailers: !isAll });
    if (!isAll) call.pipe(stream);
  });
  call.on('trailers', (received) => (trailers = received));
  stream.on('wantTrailers', () => stream.sendTrailers(trailers));
  stream.on('error', () => undefined).on('close', () => call.close(constants.NGHTTP2_CANCEL));
  call.on('error', () => stream.close(constants.NGHTTP2_INTERNAL_ERROR));
  call.on('close', () => {
    if (call.rstCode !== constants.NGHTTP2_NO_ERROR) stream.close(call.rstCode);
  });
}
