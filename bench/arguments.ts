import { Command, InvalidArgumentError } from 'commander';
import { wholeNumber } from '../src/commands/whole-number.ts';
import type { Scenario } from './scenario.ts';

/** What a run is told. */
export interface Arguments {
  readonly scenarios: readonly Scenario[];
  /** Of each measurement. */
  readonly seconds: number;
  readonly quick: boolean;
  /** Where the JSON goes; a file of its own in bench/results/ unless given. */
  readonly out?: string;
}

const usualSeconds = { quick: 1, whole: 10 } as const;

/**
 * Reads the arguments of `npm run bench`.
 * @throws CommanderError for what cannot be used, and behind the help
 */
export function parseArguments(
  args: readonly string[],
  known: readonly Scenario[],
  program = new Command(),
): Arguments {
  program
    .name('npm run bench --')
    .description(
      'Measures Earmark on this machine, beside the same SQL without Temporal (bare) and beside what one would write first with ' +
        'Temporal (plain). Prints one table, and writes a JSON file.',
    )
    .option('--scenario <name>', `one of the scenarios below; may be repeated (default: all)`, collect(known))
    .option('--seconds <n>', 'of each measurement (default: 10, with --quick 1)', wholeNumber(1, 3_600))
    .option('--quick', 'everything in about 3 minutes: fewer orders and shorter measurements', false)
    .option('--out <file>', 'where the JSON goes (default: a new file in bench/results/)')
    .addHelpText(
      'after',
      `\nScenarios:\n${known.map((one) => `  ${one.name.padEnd(14)}${one.description}`).join('\n')}`,
    )
    .exitOverride()
    .parse(args, { from: 'user' });
  const given = program.opts<{ scenario?: Scenario[]; seconds?: number; quick: boolean; out?: string }>();
  return {
    scenarios: given.scenario ?? known,
    seconds: given.seconds ?? (given.quick ? usualSeconds.quick : usualSeconds.whole),
    quick: given.quick,
    ...(given.out === undefined ? {} : { out: given.out }),
  };
}

function collect(known: readonly Scenario[]) {
  return (name: string, chosen: readonly Scenario[] = []): readonly Scenario[] => {
    const scenario = known.find((one) => one.name === name);
    if (scenario === undefined) {
      throw new InvalidArgumentError(`The scenarios are ${known.map((one) => one.name).join(', ')}.`);
    }
    return chosen.includes(scenario) ? chosen : [...chosen, scenario];
  };
}
