import path from 'node:path';
import { rm } from 'node:fs/promises';
import { percentile } from '../percentiles.ts';
import type { Row, Scenario } from '../scenario.ts';
import { startStack } from '../stack.ts';

/** From nothing, and from the data of a run before, to an API that answers. The stack of the run is idle meanwhile. */
export const coldStart: Scenario = {
  name: 'cold-start',
  description:
    'from the start of the process until it is ready, with a fresh and with an existing data folder, 3 times each; of Earmark alone: the others ' +
    'are servers of the benchmark, over a Postgres that runs already',
  systems: ['earmark'],
  async run({ systems, scenario, quick, say, signal }) {
    const taken: Record<'fresh folder' | 'existing folder', number[]> = { 'fresh folder': [], 'existing folder': [] };
    const folder = path.join(systems.folder, 'cold');
    for (let n = 1; n <= (quick ? 1 : 3); n++) {
      for (const [what, times] of Object.entries(taken)) {
        say(`${what}, ${n}`);
        const stack = await startStack(folder, signal);
        await stack.stop();
        times.push(stack.readyMs);
      }
      await rm(folder, { recursive: true, force: true });
    }
    return Object.entries(taken).map(([what, times]): Row => {
      const figures = { p50: percentile(times, 0.5), more: { 'longest ms': Math.max(...times) } };
      return { scenario: scenario.name, what, system: 'earmark', figures };
    });
  },
};
