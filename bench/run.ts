import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { CommanderError } from 'commander';
import { describeError } from '../src/commands/describe-error.ts';
import { temporaryFolder } from '../test/support/temporary-folder.ts';
import { parseArguments } from './arguments.ts';
import { runScenarios } from './run-scenarios.ts';
import { describeMachine, describeVersions } from './machine.ts';
import { scenarios } from './scenarios/index.ts';
import { assertFreshBuild } from './stack.ts';
import { Systems } from './systems.ts';
import { tableOf } from './table.ts';

// `npm run bench`: measures everything, prints one table on stdout and tells on stderr how far it is.

const stopping = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) {
  process.on(name, () => {
    // Children that are left go with this process, see startLogged.
    if (stopping.signal.aborted) process.exit(130);
    say(`Stopping … (once more: at once)`);
    stopping.abort(new Error('The run was interrupted.'));
  });
}

const startedAt = Date.now();

function say(line: string): void {
  const seconds = ((Date.now() - startedAt) / 1000).toFixed(0);
  process.stderr.write(`${seconds.padStart(5)} s  ${line}\n`);
}

async function run(): Promise<void> {
  const { out, ...wanted } = parseArguments(process.argv.slice(2), scenarios);
  assertFreshBuild();
  const machine = describeMachine();
  const { signal } = stopping;
  const folder = await temporaryFolder();
  try {
    say('starting the stack');
    const names = new Set(wanted.scenarios.flatMap((scenario) => scenario.systems));
    const systems = await Systems.start(folder.path, names, signal);
    try {
      const versions = await describeVersions(systems);
      const { rows, wrong } = await runScenarios({ ...wanted, systems, signal, say });
      const { seconds, quick } = wanted;
      const took = (Date.now() - startedAt) / 1000;
      const file = out ?? path.join(fileURLToPath(new URL('results', import.meta.url)), `${stamp()}.json`);
      await mkdir(path.dirname(path.resolve(file)), { recursive: true });
      const report = {
        at: new Date(startedAt).toISOString(),
        tookSeconds: took,
        machine,
        versions,
        settings: systems.settings,
        seconds,
        quick,
        wrong,
        rows,
      };
      await writeFile(file, `${JSON.stringify(report, undefined, 2)}\n`);
      if (rows.length > 0) console.log(tableOf(rows));
      say(`figures are in ${file}`);
      for (const line of wrong) say(`FAILED: ${line}`);
      if (wrong.length > 0) process.exitCode = 1;
    } finally {
      say('stopping the servers');
      await systems.stop();
    }
  } finally {
    await folder.remove();
  }
}

function stamp(): string {
  return new Date(startedAt).toISOString().replaceAll(/[:.]/g, '-');
}

try {
  await run();
} catch (error) {
  const isHelp = error instanceof CommanderError && error.code.startsWith('commander.help');
  // Commander has printed its own.
  if (!(error instanceof CommanderError)) console.error(`bench: ${describeError(error)}`);
  process.exitCode = isHelp ? 0 : stopping.signal.aborted ? 130 : 1;
}
