import getPort from 'get-port';
import { StackError } from '../../src/stack/stack-error.ts';

/**
 * Starts something on free ports, with other ports when another program takes one in between.
 *
 * @param count how many ports it needs
 */
export async function onFreePorts<T>(count: number, start: (...ports: number[]) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    const ports = await Promise.all(Array.from({ length: count }, () => getPort({ reserve: true, host: '127.0.0.1' })));
    try {
      return await start(...ports);
    } catch (error) {
      const taken = error instanceof StackError && error.message.startsWith('Port ');
      if (!taken || attempt === 5) throw error;
    }
  }
}
