import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** A wire between a client and a server that can be broken as no server would. */
export interface TcpProxy {
  readonly port: number;
  /** From now on bytes vanish in both directions, of new connections too; nobody is told. */
  swallow(): void;
  /** Lets bytes through again, also those of connections from before. What was swallowed stays lost. */
  pass(): void;
  /**
   * Breaks the connection on which the next COMMIT of Postgres is sent, after the server has answered it and before the client hears.
   * @returns settles when that has happened
   */
  loseNextCommit(): Promise<void>;
  close(): Promise<void>;
}

/** Listens on a free port of the loopback interface and passes every connection on to another port there. */
export async function startTcpProxy(target: number): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  let swallowing = false;
  let loseCommit: (() => void) | undefined;
  const hold = (socket: Socket): void => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    // The other end of a wire that is being broken breaks it as well.
    socket.on('error', () => socket.destroy());
  };
  const server = createServer((client) => {
    const upstream = connect(target, '127.0.0.1');
    hold(client);
    hold(upstream);
    let onCommitAnswered: (() => void) | undefined;
    client.on('data', (bytes: Buffer) => {
      if (swallowing) return;
      if (loseCommit !== undefined && bytes.includes('COMMIT')) {
        onCommitAnswered = loseCommit;
        loseCommit = undefined;
      }
      upstream.write(bytes);
    });
    upstream.on('data', (bytes: Buffer) => {
      if (swallowing) return;
      if (onCommitAnswered === undefined) return void client.write(bytes);
      client.destroy();
      onCommitAnswered();
    });
    client.on('close', () => upstream.destroy());
    upstream.on('close', () => swallowing || client.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The proxy listens on no port');
  return {
    port: address.port,
    swallow: () => {
      swallowing = true;
    },
    pass: () => {
      swallowing = false;
    },
    loseNextCommit: () =>
      new Promise((resolve) => {
        loseCommit = resolve;
      }),
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** The URL of the same database, reached through a proxy. */
export function through({ port }: TcpProxy, databaseUrl: string): string {
  const url = new URL(databaseUrl);
  url.port = String(port);
  return url.href;
}
