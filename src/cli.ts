import { Command, CommanderError } from 'commander';
import { addApiCommand } from './commands/api.ts';
import { addChaosCommand } from './commands/chaos.ts';
import { addCleanExpiredCommand } from './commands/clean-expired.ts';
import { describeError } from './commands/describe-error.ts';
import { addDemoCommand } from './commands/demo.ts';
import { addDoctorCommand } from './commands/doctor.ts';
import { addKeysCommand } from './commands/keys.ts';
import { addMigrateCommand } from './commands/migrate.ts';
import { addReconcileCommand } from './commands/reconcile.ts';
import { addSeedCommand } from './commands/seed.ts';
import { addStartCommand } from './commands/start.ts';
import { addVerifyCommand } from './commands/verify.ts';
import { addWorkerCommand } from './commands/worker.ts';

/** A command that has not ended by then is held by a connection nobody closed. */
const lingerMs = 3_000;

const program = new Command('earmark')
  .description(
    'Keeps stock honest while orders take their time: each order is a durable Temporal workflow over a locked stock ' +
      'in Postgres.',
  )
  .showSuggestionAfterError()
  // The line below is the only place that prints errors.
  .configureOutput({ outputError: () => undefined })
  .exitOverride();

addStartCommand(program);
addApiCommand(program);
addWorkerCommand(program);
addMigrateCommand(program);
addKeysCommand(program);
addCleanExpiredCommand(program);
addVerifyCommand(program);
addReconcileCommand(program);
addChaosCommand(program);
addSeedCommand(program);
addDemoCommand(program);
addDoctorCommand(program);

try {
  await program.parseAsync();
} catch (error) {
  const isHelp = error instanceof CommanderError && error.code.startsWith('commander.help');
  if (!isHelp) console.error(`earmark: ${describeError(error)}`);
  process.exitCode = error instanceof CommanderError ? error.exitCode : 1;
}
setTimeout(() => process.exit(), lingerMs).unref();
