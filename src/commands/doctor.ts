import type { Command } from 'commander';
import { loadConfig, type Config } from '../config.ts';
import { examineApi } from './doctor/api.ts';
import { diagnose, type Diagnosis, type Health } from './doctor/diagnosis.ts';
import { examineFolders } from './doctor/folders.ts';
import { findPlaces, judgeStack, unreadable, type Places } from './doctor/places.ts';
import { examinePorts } from './doctor/ports.ts';
import { examinePostgres } from './doctor/postgres.ts';
import { examinePrograms } from './doctor/programs.ts';
import { examineTemporal } from './doctor/temporal.ts';

/** `earmark doctor`: looks whether everything that Earmark needs is as it should be. */
export function addDoctorCommand(program: Command): void {
  program
    .command('doctor')
    .summary('look whether everything that Earmark needs is there, and say what to do')
    .description(
      'Looks at versions, ports, folders, Postgres, its schema, roles and clock, Temporal, its search attributes, schedules, ' +
        'workers and clock, and the API, and prints a line for each with what to do. Looks at DATABASE_URL (or the URLs of the ' +
        'roles) and TEMPORAL_ADDRESS, or else at the stack that runs in EARMARK_DATA_DIR. It changes nothing and takes at most some ten seconds. ' +
        'The exit code is 1 when there is a problem.',
    )
    .option('--json', 'print one JSON document', false)
    .action(async ({ json }: { readonly json: boolean }) => {
      const diagnoses = await examine(loadConfig());
      const counts = { problems: count(diagnoses, 'problem'), warnings: count(diagnoses, 'warning') };
      if (json) console.log(JSON.stringify({ ...counts, checks: diagnoses }));
      else for (const line of [...diagnoses.map(lineOf), closingLine(counts)]) console.log(line);
      if (counts.problems > 0) process.exitCode = 1;
    });
}

/**
 * Makes all checks at once, each within its own time.
 * @param taskQueue the one that workers poll, unless another is given
 */
export async function examine(config: Config, taskQueue?: string): Promise<Diagnosis[]> {
  let places: Places | undefined;
  const stack = await diagnose('Stack', async () => {
    try {
      places = await findPlaces(config);
      return judgeStack(config, places);
    } catch (error) {
      return unreadable(error, config);
    }
  });
  const parts = await Promise.all([
    examinePrograms(config),
    examineFolders(config),
    Promise.resolve([stack]),
    ...(places === undefined
      ? []
      : [
          examinePorts(config, places),
          examinePostgres(places),
          examineTemporal(config, places, taskQueue),
          examineApi(places),
        ]),
  ]);
  return parts.flat();
}

/** Long enough for every name of a check. */
const width = 32;

function lineOf({ check, health, detail }: Diagnosis): string {
  return `${health.padEnd(9)}${check.padEnd(width)}${detail}`;
}

function closingLine({ problems, warnings }: { readonly problems: number; readonly warnings: number }): string {
  if (problems + warnings === 0) return 'Everything is as it should be.';
  return `${counted(problems, 'problem')}, ${counted(warnings, 'warning')}.`;
}

function count(diagnoses: readonly Diagnosis[], wanted: Health): number {
  return diagnoses.filter(({ health }) => health === wanted).length;
}

function counted(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
