import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { listen, type HttpServer } from '../../src/api/http-server.ts';
import { until } from '../support/until.ts';
import { dial } from '../support/wire.ts';

const part = Buffer.alloc(256 * 1024, 'x');
const request = 'GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n';

/** Milliseconds; an answer has so long to be taken. */
const answer = 700;

describe('An answer that is written as it is read', function () {
  this.timeout(30_000);
  let server: HttpServer;
  let socket: Socket;

  afterEach(async () => {
    socket.destroy();
    await server.close();
  });

  /** Serves what comes of an iterator, and is done with the request at once, as Koa is. */
  async function serve(parts: () => AsyncIterable<Buffer>): Promise<void> {
    const handle = async (_: unknown, response: NodeJS.WritableStream): Promise<void> => {
      pipeline(Readable.from(parts()), response).catch(() => undefined);
    };
    server = await listen(handle, { host: '127.0.0.1', port: 0, limits: { answer, farewell: 0, drain: 100 } });
    socket = await dial(`http://127.0.0.1:${server.port}`, request);
    socket.on('error', () => undefined);
  }

  async function* many(): AsyncGenerator<Buffer> {
    for (let count = 0; count < 400; count++) yield part;
  }

  it('may take much longer than an answer has to be taken, as long as it is read', async () => {
    await serve(many);
    const began = performance.now();
    let bytes = 0;
    socket.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      socket.pause();
      setTimeout(() => socket.resume(), 1);
    });
    await once(socket, 'end');
    assert.ok(bytes > 400 * part.length);
    assert.ok(performance.now() - began > answer, 'it was too fast to tell');
  });

  it('is cut off when nothing of it is read', async () => {
    await serve(many);
    let bytes = 0;
    socket.once('data', () => socket.pause());
    await until(async () => (await server.connections()) === 0, 10_000);
    socket.on('data', (chunk: Buffer) => (bytes += chunk.length));
    socket.resume();
    await once(socket, 'close');
    assert.ok(bytes < 400 * part.length);
  });

  it('may have nothing to say for longer than an answer has to be taken', async () => {
    let release = (): void => undefined;
    const silence = new Promise<void>((resolve) => (release = resolve));
    await serve(async function* () {
      yield Buffer.from('first');
      await silence;
      yield Buffer.from('last');
    });
    let seen = '';
    socket.on('data', (chunk: Buffer) => (seen += chunk.toString()));
    await until(() => seen.includes('first'));
    const began = performance.now();
    await until(() => performance.now() - began > answer * 3);
    release();
    await until(() => seen.endsWith('0\r\n\r\n'));
    assert.match(seen, /last/);
  });
});
