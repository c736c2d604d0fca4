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

/** What `--quick` does, by scenario. It is enough to see that all works, and roughly how fast. */
const quickly = `With --quick every scenario runs with less of it:
  each measurement takes 1 second, those of reads and lists half of --seconds, those of whole-order twice as long;
  4 orders are in flight where it would be 16, and place-spread has neither 64 in flight nor 50 % of the capacity;
  sell-out has 20 units, expiry-storm 40 holds, memory 100 open orders (plain: a tenth, where a whole run has a tenth as well);
  read-product has 200 products and 30 sales; list-orders has 10,000 orders, page 400, and each filter with one of the sorts;
  cold-start starts once.`;

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
    .option('--quick', 'everything in at most 3 minutes on a machine with nothing else to do, see below', false)
    .option('--out <file>', 'where the JSON goes (default: a new file in bench/results/)')
    .addHelpText(
      'after',
      `\nScenarios:\n${known.map((one) => `  ${one.name.padEnd(14)}${one.description}`).join('\n')}\n\n${quickly}`,
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
