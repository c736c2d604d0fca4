import { Command, CommanderError } from 'commander';

/** A command that has not ended by then is held by a connection nobody closed. */
const lingerMs = 3_000;

/** How each command is found, by its name: the modules of the others are not loaded for it. */
const commands = new Map<string, () => Promise<(program: Command) => void>>([
  ['start', async () => (await import('./commands/start.ts')).addStartCommand],
  ['api', async () => (await import('./commands/api.ts')).addApiCommand],
  ['worker', async () => (await import('./commands/worker.ts')).addWorkerCommand],
  ['migrate', async () => (await import('./commands/migrate.ts')).addMigrateCommand],
  ['keys', async () => (await import('./commands/keys.ts')).addKeysCommand],
  ['clean-expired', async () => (await import('./commands/clean-expired.ts')).addCleanExpiredCommand],
  ['verify', async () => (await import('./commands/verify.ts')).addVerifyCommand],
  ['reconcile', async () => (await import('./commands/reconcile.ts')).addReconcileCommand],
  ['chaos', async () => (await import('./commands/chaos.ts')).addChaosCommand],
  ['seed', async () => (await import('./commands/seed.ts')).addSeedCommand],
  ['demo', async () => (await import('./commands/demo.ts')).addDemoCommand],
  ['doctor', async () => (await import('./commands/doctor.ts')).addDoctorCommand],
]);

const program = new Command('earmark')
  .description(
    'Keeps stock honest while orders take their time: each order is a durable Temporal workflow over a locked stock ' +
      'in Postgres.',
  )
  .showSuggestionAfterError()
  // The line below is the only place that prints errors.
  .configureOutput({ outputError: () => undefined })
  .exitOverride();

// All of them where it is not a command that was asked for: help lists them, and a mistake is compared with them.
const asked = commands.get(process.argv[2] ?? '');
for (const find of asked === undefined ? commands.values() : [asked]) (await find())(program);

try {
  await program.parseAsync();
} catch (error) {
  const { describeError } = await import('./commands/describe-error.ts');
  const isHelp = error instanceof CommanderError && error.code.startsWith('commander.help');
  if (!isHelp) console.error(`earmark: ${describeError(error)}`);
  process.exitCode = error instanceof CommanderError ? error.exitCode : 1;
}
setTimeout(() => process.exit(), lingerMs).unref();
