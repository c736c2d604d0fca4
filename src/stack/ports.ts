import net from 'node:net';
import { StackError } from './stack-error.ts';

/**
 * Makes sure that nothing listens on a loopback port.
 *
 * @param use what the port is for, as in "the embedded Postgres"
 * @param variable the environment variable that moves it
 * @throws {StackError} naming the port and the variable when it is taken or not allowed
 */
export async function assertPortFree(port: number, use: string, variable: string): Promise<void> {
  const refusal = await tryListening(port);
  if (refusal === undefined) return;
  if (refusal === 'EACCES') {
    throw new StackError(`Port ${port} for ${use} needs more rights. Set ${variable} to a port above 1023.`);
  }
  throw portTaken(port, use, variable);
}

/** The one-line error for a port somebody else has. */
export function portTaken(port: number, use: string, variable: string): StackError {
  return new StackError(`Port ${port} for ${use} is taken. Free it, or set ${variable} to another port.`);
}

function tryListening(port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = net.createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'EADDRINUSE'));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(undefined)));
  });
}
