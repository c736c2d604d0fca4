import { measure, type Pace } from './measure.ts';
import type { BenchContext, Row } from './scenario.ts';
import type { System } from './system.ts';

/**
 * Measures reads, one kind after another, each at all systems in turn. With `--quick` for half the time: a read is over in
 * milliseconds, and there are many kinds.
 * @param paths of the next request at a system, by what is measured with them
 */
export async function measureReads(
  context: BenchContext,
  systems: readonly System[],
  pace: Pace,
  paths: Readonly<Record<string, (system: System) => string>>,
): Promise<Row[]> {
  const { scenario, quick, say, signal } = context;
  const seconds = quick ? context.seconds / 2 : context.seconds;
  const rows: Row[] = [];
  for (const [what, pathAt] of Object.entries(paths)) {
    for (const system of systems) {
      say(`${system.name}: ${what}`);
      const send = async () => (await system.shop.get(pathAt(system))).status;
      const { figures } = await measure({ seconds, signal }, system, pace, send, (status) => status === 200);
      rows.push({ scenario: scenario.name, what, system: system.name, figures });
    }
  }
  return rows;
}
