import http from 'node:http';

/** An answer, its body not parsed yet. */
export interface Answer {
  /** 0 when the connection broke. */
  readonly status: number;
  readonly body: string;
}

/** Talks to one server over connections that are kept alive, with as little work of its own as can be. */
export class Shop {
  readonly #agent = new http.Agent({ keepAlive: true, maxSockets: Infinity, noDelay: true });
  readonly #url: URL;

  constructor(url: string) {
    this.#url = new URL(url);
  }

  get(path: string): Promise<Answer> {
    return this.#send('GET', path);
  }

  post(path: string, body: unknown): Promise<Answer> {
    return this.#send('POST', path, JSON.stringify(body));
  }

  close(): void {
    this.#agent.destroy();
  }

  #send(method: string, path: string, body?: string): Promise<Answer> {
    return new Promise((resolve) => {
      const headers =
        body === undefined
          ? {}
          : { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body).toString() };
      const { hostname, port } = this.#url;
      const request = http.request({ agent: this.#agent, hostname, port, method, path, headers }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString('utf8') }),
        );
        response.on('error', () => resolve({ status: 0, body: '' }));
      });
      request.on('error', (error) => resolve({ status: 0, body: error.message }));
      request.end(body);
    });
  }
}

/** The id of the order that an answer tells of, without parsing all of it. */
export function orderIdIn({ body }: Answer): string | undefined {
  return /"data":\{"id":"([0-9a-f-]{36})"/.exec(body)?.[1];
}
