import { randomInt } from 'node:crypto';
import getPort, { portNumbers } from 'get-port';
import { StackError } from '../../src/stack/stack-error.ts';

/**
 * Ports below those that systems give to outgoing connections (from 32768 on Linux, from 49152 elsewhere): a server that is stopped for a
 * moment finds its port free when it is started again.
 */
const range = { from: 20_000, to: 32_000 } as const;

/** A port on the loopback interface that is free, another one each time. */
export function freePort(): Promise<number> {
  // Not from the beginning each time: other runs look for ports as well.
  const from = randomInt(range.from, range.to);
  return getPort({ port: portNumbers(from, from + 200), reserve: true, host: '127.0.0.1' });
}

/**
 * Starts something on free ports, with other ports when another program takes one in between.
 *
 * @param count how many ports it needs
 */
export async function onFreePorts<T>(count: number, start: (...ports: number[]) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    const ports = await Promise.all(Array.from({ length: count }, freePort));
    try {
      return await start(...ports);
    } catch (error) {
      const taken = error instanceof StackError && error.message.startsWith('Port ');
      if (!taken || attempt === 5) throw error;
    }
  }
}
