import type { Command } from 'commander';
import { loadConfig } from '../config.ts';
import { runUnlessStopped } from './run-until-stopped.ts';
import { seedShop } from './seed/seed-shop.ts';
import { apiAddress, httpAddress, keyFor } from './shop/address.ts';
import { ShopApi } from './shop/shop-api.ts';
import { wholeNumber } from './whole-number.ts';

interface Options {
  readonly products: number;
  readonly orders: number;
  readonly seed: number;
  readonly inFlight: number;
  readonly url?: string;
}

/** The exit code of what a Ctrl-C ended before it was done. */
const stopped = 130;

/** `earmark seed`: a shop to look at. */
export function addSeedCommand(program: Command): void {
  program
    .command('seed')
    .summary('fill a shop with products, and with orders in all states, through the API')
    .description(
      'Fills a shop through the API: products in four warehouses, some of them scarce or sold out, orders in all states, some ' +
        'of them partial or returned, and reservations that stand alone. Each of them runs its workflow. The same --seed with the same numbers is the same shop; ' +
        'whoever breaks it off and runs it again goes on, and nothing is done twice. Uses the API of the stack that runs in EARMARK_DATA_DIR, or else the ' +
        'one at EARMARK_HOST and PORT.',
    )
    .option('--products <n>', 'products', wholeNumber(8, 10_000), 200)
    .option('--orders <n>', 'orders', wholeNumber(0, 1_000_000), 2000)
    .option('--seed <n>', 'which of all shops', wholeNumber(0, 999_999_999), 1)
    .option('--in-flight <n>', 'requests under way at once', wholeNumber(1, 64), 8)
    .option('--url <address>', 'address of another API, like http://localhost:3000', httpAddress)
    .action(async ({ url, products, orders, seed, inFlight }: Options) => {
      const config = loadConfig();
      const address = url ?? (await apiAddress(config));
      const { key } = keyFor(address, config.apiKey);
      const isDone = await runUnlessStopped(async (signal) => {
        const print = (line: string) => console.log(line);
        await runSeed({
          address,
          ...(key === undefined ? {} : { key }),
          products,
          orders,
          seed,
          inFlight,
          signal,
          print,
        });
      });
      if (isDone) return;
      console.log('Stopped. Run the same command again: it goes on where this one ended.');
      process.exitCode = stopped;
    });
}

/**
 * Fills a shop and prints what is in it.
 * @throws StackError when no API answers, or not as it should; the reason of the signal
 */
export async function runSeed({
  address,
  key,
  signal,
  print,
  output = process.stdout,
  ...size
}: {
  readonly address: string;
  /** Of an admin; none for an API that is open. */
  readonly key?: string;
  readonly products: number;
  readonly orders: number;
  readonly seed: number;
  readonly inFlight: number;
  readonly signal: AbortSignal;
  readonly print: (line: string) => void;
  /** Where the progress goes. */
  readonly output?: Parameters<typeof seedShop>[0]['output'];
}): Promise<void> {
  const api = new ShopApi(address, key, signal);
  await api.assertReachable();
  const { wasThere, summary } = await seedShop({ api, signal, output, ...size });
  if (wasThere) {
    print(
      `This shop is there already: ${size.products} products and ${size.orders} orders of the seed ${size.seed}. Nothing was done. Take another --seed for another shop.`,
    );
    return;
  }
  for (const line of summary) print(line);
}
