import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { Server as NetServer, type Socket } from 'node:net';
import type { Logger } from 'pino';
import { refuseRaw } from './raw-refusal.ts';

/** Milliseconds, unless it says otherwise. */
export interface Limits {
  /** For all headers of a request to arrive. */
  readonly headers: number;
  /** For a whole request to arrive. */
  readonly request: number;
  /** For a whole answer to be taken, once it is there; of one that is still being written, for each part that is there. */
  readonly answer: number;
  /** Between two requests on one connection. */
  readonly keepAlive: number;
  /** Without a byte in either direction, whatever the connection is at: longer than any answer takes. */
  readonly silence: number;
  /** How often connections are looked at for the two first limits: so much later may they strike. */
  readonly check: number;
  /** In which callers are told, once the server stops, not to send more on a connection that is kept alive. */
  readonly farewell: number;
  /** For requests in flight to be answered once the server stops. */
  readonly drain: number;
  /** Connections at once; whoever comes then is hung up on. */
  readonly connections: number;
  /** Requests on one connection whose answers have not been taken; with one more it is closed. */
  readonly pipelined: number;
}

const defaults: Limits = {
  headers: 10_000,
  request: 30_000,
  answer: 60_000,
  // Longer than the 60 s of common load balancers: the side that would send the next request should be the one to hang up.
  keepAlive: 65_000,
  silence: 90_000,
  check: 1_000,
  farewell: 500,
  drain: 10_000,
  connections: 10_000,
  // Callers hardly ever send a second one before the first is answered; each answer that nobody reads takes memory.
  pipelined: 32,
};

export interface ListenOptions {
  readonly host: string;
  readonly port: number;
  readonly limits?: Partial<Limits>;
  /** For the lines of what is refused before it is a request. */
  readonly log?: Logger;
}

export interface HttpServer {
  readonly port: number;
  /** How many connections are open. */
  connections(): Promise<number>;
  /** Takes no more requests, answers those in flight (for a limited time) and closes every connection. */
  close(): Promise<void>;
}

/** Answers that go on. */
const withoutEnd = new WeakSet<ServerResponse>();

/** Says of an answer that it goes on for as long as it is taken: that it is not over is no reason to hang up. Whoever sends it ends it. */
export function goesOn(response: ServerResponse): void {
  withoutEnd.add(response);
}

/**
 * Listens for HTTP requests.
 * @throws the error of node:net, EADDRINUSE when the port is taken
 */
export async function listen(
  handle: (request: IncomingMessage, response: ServerResponse) => Promise<void>,
  { host, port, limits: given = {}, log }: ListenOptions,
): Promise<HttpServer> {
  const limits: Limits = { ...defaults, ...given };
  const inFlight = new Set<Promise<void>>();
  let stopping = false;
  let saidFarewell = false;
  const takesPart = unreadLimit(limits);
  const serve = (request: IncomingMessage, response: ServerResponse): void => {
    if (!takesPart(request.socket, response)) return;
    if (stopping) response.setHeader('Connection', 'close');
    const answered = handle(request, response).finally(() => {
      inFlight.delete(answered);
      if (!withoutEnd.has(response)) hangUpUnlessTaken(response, request.socket, limits.answer);
    });
    inFlight.add(answered);
    // A connection that is kept alive goes idle here: when closing, nobody else would end it.
    response.on('close', () => saidFarewell && server.closeIdleConnections());
  };
  const server = createServer(
    {
      headersTimeout: limits.headers,
      requestTimeout: limits.request,
      keepAliveTimeout: limits.keepAlive,
      connectionsCheckingInterval: limits.check,
      requireHostHeader: false,
    },
    serve,
  );
  server.setTimeout(limits.silence);
  server.maxConnections = limits.connections;
  server.on('clientError', (error, socket) => refuseRaw(error, socket, log));
  // Node would answer an unknown expectation by itself, without a request_id. It may as well be ignored (RFC 9110, 10.1.1).
  server.on('checkExpectation', serve);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, host, () => resolve());
  });
  return {
    port: portOf(server),
    connections: () =>
      new Promise((resolve, reject) => {
        server.getConnections((error, count) => (error ? reject(error) : resolve(count)));
      }),
    async close() {
      stopping = true;
      const closed = new Promise<void>((resolve) => stopListening(server, resolve));
      // A connection that is closed while it is idle may have its next request on the way. So for a moment whoever sends one is answered,
      // and told that it was the last.
      await Promise.race([closed, pause(limits.farewell)]);
      saidFarewell = true;
      // The rest of what an HTTP server does when it closes: idle connections end, and nobody looks at the time limits of requests any more.
      server.close();
      await drain(server, closed, inFlight, limits.drain);
    },
  };
}

/**
 * Counts the answers of each connection that have not been taken, and closes it when they are too many.
 * @returns whether a request may still be answered
 */
function unreadLimit({ pipelined }: Limits): (socket: Socket, response: ServerResponse) => boolean {
  const unread = new WeakMap<Socket, number>();
  return (socket, response) => {
    const count = (unread.get(socket) ?? 0) + 1;
    if (count > pipelined) {
      socket.destroy();
      return false;
    }
    unread.set(socket, count);
    response.once('close', () => unread.set(socket, (unread.get(socket) ?? 1) - 1));
    return true;
  };
}

/**
 * Who reads an answer byte by byte is never silent, and would keep it in memory for as long as they like. Of an answer that is still being
 * written no more is kept than a part: it may take long altogether, as long as each part is taken in time.
 */
function hangUpUnlessTaken(response: ServerResponse, socket: Socket, milliseconds: number): void {
  if (response.closed || socket.destroyed) return;
  const tooLong = setTimeout(() => {
    if (!response.writableEnded && response.writableLength === 0) tooLong.refresh();
    else socket.destroy();
  }, milliseconds).unref();
  response.on('drain', () => tooLong.refresh());
  response.once('close', () => clearTimeout(tooLong));
}

/** Takes no more connections. Unlike the method of an HTTP server it leaves those alone that are there. */
function stopListening(server: Server, closed: () => void): void {
  NetServer.prototype.close.call(server, closed);
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server listens on no port');
  return address.port;
}

async function drain(
  server: Server,
  closed: Promise<void>,
  inFlight: ReadonlySet<Promise<void>>,
  patience: number,
): Promise<void> {
  const tooLong = setTimeout(() => server.closeAllConnections(), patience);
  await closed;
  clearTimeout(tooLong);
  // Requests whose callers hung up are still at work.
  await Promise.race([Promise.allSettled(inFlight), pause(patience)]);
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds).unref());
}
