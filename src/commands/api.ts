import type { Command } from 'commander';
import { loadConfig } from '../config.ts';
import { createLogger } from '../log.ts';
import { runServer } from '../server.ts';
import { resolveServers } from '../stack/addresses.ts';
import { runUntilStopped } from './run-until-stopped.ts';

/** `earmark api`: an API process. */
export function addApiCommand(program: Command): void {
  program
    .command('api')
    .summary('run an API process')
    .description(
      'Runs an API process on EARMARK_HOST and PORT. It uses EARMARK_API_DATABASE_URL (or else DATABASE_URL) and ' +
        'TEMPORAL_ADDRESS, or else the stack that runs in EARMARK_DATA_DIR (then set PORT to a free one). SIGTERM lets open requests finish.',
    )
    .action(async () => {
      const config = loadConfig();
      const log = createLogger(config.logLevel, 'api');
      await runUntilStopped(async () => {
        const server = await runServer({ config, servers: await resolveServers(config, 'api'), log });
        log.info({ url: server.url }, 'listening');
        return server;
      });
    });
}
