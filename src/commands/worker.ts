import type { Command } from 'commander';
import { loadConfig } from '../config.ts';
import { createLogger } from '../log.ts';
import { resolveServers } from '../stack/addresses.ts';
import { announceReady, assignedServers } from '../stack/worker-process.ts';
import { runWorker } from '../worker.ts';
import { runUntilStopped } from './run-until-stopped.ts';

/** `earmark worker`: a process that runs workflows and activities. */
export function addWorkerCommand(program: Command): void {
  program
    .command('worker')
    .summary('run a worker process; several may run at once')
    .description(
      'Runs a worker: the process that executes the workflows of orders and reservations. Several may run at once. It ' +
        'uses EARMARK_WORKER_DATABASE_URL (or else DATABASE_URL) and TEMPORAL_ADDRESS, or else the stack that runs in EARMARK_DATA_DIR. SIGTERM lets the ' +
        'tasks it has finish.',
    )
    .action(async () => {
      const config = loadConfig();
      const log = createLogger(config.logLevel, 'worker');
      await runUntilStopped(async () => {
        const servers = (await assignedServers()) ?? (await resolveServers(config, 'worker'));
        const worker = await runWorker({ config, servers, log });
        announceReady();
        return { stop: () => worker.stop(), failed: worker.finished.then(() => 'The worker ended by itself.') };
      });
    });
}
