import { InvalidArgumentError, type Command } from 'commander';
import { loadConfig, type Config } from '../config.ts';
import { startStack, type RunningStack } from '../stack/start.ts';
import { createStepPrinter, type StepPrinter } from '../stack/step-printer.ts';
import { openShop } from './demo/open-shop.ts';
import { describeError } from './describe-error.ts';
import { runUntilStopped, type Service } from './run-until-stopped.ts';
import { keyFor } from './shop/address.ts';
import { ShopApi } from './shop/shop-api.ts';

/** Of its own, so that a demonstration does not end up in a shop. */
const dataDir = '.earmark-demo';

/** `earmark demo`: everything on one machine, with customers. */
export function addDemoCommand(program: Command): void {
  program
    .command('demo')
    .summary('run everything on this machine, with a small shop and some busy minutes in it')
    .description(
      'Runs everything on this machine as earmark start does, fills a small shop, and lets shoppers buy in it for some minutes: they hold units ' +
        'for a short time, and confirm, cancel, wait or let it expire. A line each half minute says what has happened. Afterwards the stack stays up. The data is in ' +
        `EARMARK_DATA_DIR, or else in ${dataDir}. Ctrl-C stops it at any time.`,
    )
    .option('--minutes <n>', 'how long shoppers come, fractions too', minutesOf, 10)
    .action(async ({ minutes }: { readonly minutes: number }) => {
      const config = loadConfig(undefined, { dataDir });
      const printer = createStepPrinter(process.stdout);
      await runUntilStopped(async (signal) => {
        signal.addEventListener('abort', () => printer.line('Stopping …'), { once: true });
        const stack = await startStack({ config, printer, signal });
        return withShop(stack, { config, printer, minutes });
      });
      printer.line('Stopped.');
    });
}

/** Opens a shop in a stack. Both end together; the stack goes on when the shop has closed. */
function withShop(
  stack: RunningStack,
  { config, printer, minutes }: { readonly config: Config; readonly printer: StepPrinter; readonly minutes: number },
): Service {
  const closing = new AbortController();
  const { api: address, temporalUiUrl } = stack.addresses;
  const day = (async () => {
    const { key } = keyFor(address, config.apiKey);
    const api = new ShopApi(address, key, closing.signal);
    const say = (line: string) => printer.line(line);
    await openShop({ api, address, temporalUiUrl, minutes, say, output: process.stdout, signal: closing.signal });
  })();
  const closed = day.then(
    () => undefined,
    (error: unknown) => (closing.signal.aborted ? undefined : describeError(error)),
  );
  const failed = new Promise<string>((resolve) => {
    void closed.then((why) => why !== undefined && resolve(why));
  });
  return {
    async stop() {
      closing.abort();
      await closed;
      await stack.stop();
    },
    failed: Promise.race([stack.failed, failed]),
  };
}

/** Reads a number of minutes, at most a week. */
function minutesOf(text: string): number {
  const minutes = /^\d{1,5}(\.\d{1,3})?$/.test(text) ? Number(text) : NaN;
  if (!(minutes <= 10_080)) throw new InvalidArgumentError('It must be a number of minutes from 0 to 10080.');
  return minutes;
}
