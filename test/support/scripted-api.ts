import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a scripted API answers; `lost` closes the connection without an answer. */
export type ScriptedAnswer =
  { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: object } | 'lost';

export interface ScriptedRequest {
  readonly method: string;
  readonly path: string;
  readonly idempotencyKey: string | undefined;
}

export interface ScriptedApi {
  readonly url: string;
  /** Every request it got, oldest first. */
  readonly requests: readonly ScriptedRequest[];
  close(): Promise<void>;
}

/** An HTTP server that answers as it is told, for what the real API does only on a bad day. */
export async function scriptedApi(answer: (request: ScriptedRequest) => ScriptedAnswer): Promise<ScriptedApi> {
  const requests: ScriptedRequest[] = [];
  const server = createServer((incoming, response) => {
    incoming.resume().once('end', () => {
      const request = readRequest(incoming);
      requests.push(request);
      const scripted = answer(request);
      if (scripted === 'lost') return incoming.socket.destroy();
      response.writeHead(scripted.status, { 'Content-Type': 'application/json', ...scripted.headers });
      return response.end(JSON.stringify(scripted.body ?? {}));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

function readRequest({ method = '', url = '', headers }: IncomingMessage): ScriptedRequest {
  const key = headers['idempotency-key'];
  return { method, path: url, idempotencyKey: typeof key === 'string' ? key : undefined };
}
