import type { Command } from 'commander';
import { loadConfig } from '../config.ts';
import { queue } from './chaos/queue.ts';
import { counters, rush } from './chaos/rush.ts';
import { apiAddress, httpAddress, keyFor } from './shop/address.ts';
import { ShopApi } from './shop/shop-api.ts';
import { wholeNumber } from './whole-number.ts';

interface Options {
  readonly buyers: number;
  readonly units: number;
  readonly url?: string;
  readonly wait?: boolean;
}

/** `earmark chaos`: many buyers at once on few units, through the API of a running stack. */
export function addChaosCommand(program: Command): void {
  program
    .command('chaos')
    .summary('let many buyers rush for few units through the API, and check the books')
    .description(
      'Lets buyers ask for one unit each of a fresh product, all at once: first as orders, then as reservations, and with --wait as orders that wait. Exactly as ' +
        'many must succeed as there are units, and the stock must say the same. Everything is given back in the end. Uses ' +
        'the API of the stack that runs in EARMARK_DATA_DIR, or else the one at EARMARK_HOST and PORT.',
    )
    .option('--buyers <n>', 'buyers at once', wholeNumber(1, 1000), 50)
    .option('--units <n>', 'units in stock', wholeNumber(0, 1_000_000), 5)
    .option(
      '--wait',
      'let buyers wait as well: whoever got a unit gives it back, and the next in the waiting list have it',
    )
    .option('--url <address>', 'address of another API, like http://localhost:3000', httpAddress)
    .action(async ({ buyers, units, url, wait = false }: Options) => {
      const config = loadConfig();
      const address = url ?? (await apiAddress(config));
      const key = keyFor(address, config.apiKey);
      await runChaos({ address, ...key, buyers, units, wait, print: (line) => console.log(line) });
    });
}

/**
 * Makes a rush on each way of buying and prints how it ended.
 * @throws StackError when no API answers; Error when stock was not kept honest
 */
export async function runChaos({
  address,
  key,
  buyers,
  units,
  wait = false,
  print,
}: {
  readonly address: string;
  /** Of an admin; none for an API that is open. */
  readonly key?: string;
  readonly buyers: number;
  readonly units: number;
  /** Whether buyers also wait for units. */
  readonly wait?: boolean;
  readonly print: (line: string) => void;
}): Promise<void> {
  const api = new ShopApi(address, key);
  await api.assertReachable();
  let honest = true;
  for (const counter of counters) {
    print(`${buyers} buyers, ${units} units, POST ${counter.path}`);
    const { succeeded, failed, off } = await rush(api, counter, { buyers, units });
    print('--- Chaos Test Results ---');
    print(`Succeeded: ${succeeded}`);
    print(`Failed: ${failed}`);
    honest = isHonest(off, print) && honest;
  }
  if (wait) {
    print(`${buyers} buyers, ${units} units, POST /api/create-order/ with on_shortage wait`);
    const { succeeded, waiting, served, off } = await queue(api, { buyers, units });
    print('--- Chaos Test Results ---');
    print(`Succeeded: ${succeeded}`);
    print(`Waiting: ${waiting}`);
    print(`Cancelled: ${succeeded}`);
    print(`Served: ${served}`);
    honest = isHonest(off, print) && honest;
  }
  if (!honest) throw new Error('The chaos test failed: see the lines that begin with "Off".');
}

/** Prints what is off, or that nothing is. */
function isHonest(off: readonly string[], print: (line: string) => void): boolean {
  for (const line of off) print(`Off: ${line}`);
  if (off.length === 0) print('The books balance, and everything was given back.');
  return off.length === 0;
}
