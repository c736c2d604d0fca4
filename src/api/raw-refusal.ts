import type { Duplex } from 'node:stream';
import type { Logger } from 'pino';
import { v7 as uuidv7 } from 'uuid';
import { problemBody, ProblemError, problems } from './problems.ts';

/** Milliseconds in which a caller may take its refusal; then the connection is gone, whether or not it closes its side. */
const linger = 1_000;

/** Refuses what Node did not get a request out of: in plain HTTP, since there is no response object. */
export function refuseRaw(error: NodeJS.ErrnoException, socket: Duplex, log?: Logger): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const problem = refusalOf(error.code);
  const { status, title } = problems[problem.code];
  const requestId = uuidv7();
  const body = JSON.stringify(problemBody(problem, requestId));
  socket.end(
    [
      `HTTP/1.1 ${status} ${title}`,
      'Content-Type: application/problem+json; charset=utf-8',
      `Content-Length: ${Buffer.byteLength(body)}`,
      `X-Request-Id: ${requestId}`,
      'X-Content-Type-Options: nosniff',
      'Cache-Control: no-store',
      'Connection: close',
      '',
      body,
    ].join('\r\n'),
  );
  // Destroyed at once, what the caller is still sending would make its system throw the answer away.
  const gone = setTimeout(() => socket.destroy(), linger);
  socket.once('close', () => clearTimeout(gone));
  log?.info({ request_id: requestId, route: null, status, code: problem.code }, `What arrived was refused: ${status}`);
}

function refusalOf(code: string | undefined): ProblemError {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return new ProblemError('headers-too-large', 'The request line and headers are larger than 16 KiB.');
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new ProblemError('request-timeout', 'The request did not arrive completely in time.');
    default:
      return new ProblemError('malformed-request', 'What arrived is not an HTTP request.');
  }
}
