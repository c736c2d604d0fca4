import type { Command } from 'commander';
import { loadConfig } from '../config.ts';
import { startStack } from '../stack/start.ts';
import { createStepPrinter } from '../stack/step-printer.ts';
import { runUntilStopped } from './run-until-stopped.ts';

/** `earmark start`: everything on one machine. */
export function addStartCommand(program: Command): void {
  program
    .command('start')
    .summary('run everything on this machine: Postgres, Temporal with its Web UI, a worker and the API')
    .description(
      'Runs everything on this machine: embedded Postgres, the Temporal dev server with its Web UI, the migrations, a ' +
        'worker and the API. Data and logs stay in EARMARK_DATA_DIR; a later start goes on with all open orders. With ' +
        'DATABASE_URL or TEMPORAL_ADDRESS set, that server is used instead of the embedded one. Ctrl-C or SIGTERM ' +
        'stops it in order, a second Ctrl-C at once.',
    )
    .action(async () => {
      const config = loadConfig();
      const printer = createStepPrinter(process.stdout);
      await runUntilStopped(async (signal) => {
        signal.addEventListener('abort', () => printer.line('Stopping …'), { once: true });
        const stack = await startStack({ config, printer, signal });
        return { stop: () => stack.stop(), failed: stack.failed };
      });
      printer.line('Stopped.');
    });
}
