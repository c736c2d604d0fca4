import { closedLoop, openLoop, type IsGood, type Measured, type Send, type Window } from './load.ts';
import type { BenchContext, Figures } from './scenario.ts';
import type { System } from './system.ts';
import { usageOf, usedBetween, type Usage } from './usage.ts';

/** How much of its time a measurement warms up before: what is compiled, connected and cached then is not its figure. */
const warmUpShare = 0.3;

export interface Measurement {
  readonly measured: Measured;
  readonly figures: Figures;
}

/** How requests are sent: so many at once, or so many a second. */
export type Pace = { readonly inFlight: number } | { readonly rate: number };

/**
 * How many orders are in flight where it is to be many: 16, and 4 with `--quick`. Where each waits for all the others, one of 16 takes longer
 * than a measurement of a second, which would count hardly any.
 */
export function manyInFlight({ quick }: Pick<BenchContext, 'quick'>): number {
  return quick ? 4 : 16;
}

/** Measures one system under one load, with the CPU time of its parts for each good answer. */
export async function measure(
  { seconds, signal }: Pick<BenchContext, 'seconds' | 'signal'>,
  system: System,
  pace: Pace,
  send: Send,
  isGood: IsGood,
): Promise<Measurement> {
  const measureMs = seconds * 1000;
  const looks: Usage[] = [];
  const look = () => void looks.push(usageOf(system.parts));
  const window: Window = { warmUpMs: measureMs * warmUpShare, measureMs, signal, began: look, ended: look };
  const measured =
    'rate' in pace
      ? await openLoop(send, isGood, pace.rate, window)
      : await closedLoop(send, isGood, pace.inFlight, window);
  const [before, after = usageOf(system.parts)] = looks;
  const used = before && usedBetween(before, after);
  return { measured, figures: { ...figuresOf(measured), ...(used ? cpuFigures(used, measured.done) : {}) } };
}

function figuresOf({ perSecond, p50, p95, p99, failed }: Measured): Figures {
  return { perSecond, p50, p95, p99, failed };
}

/** CPU time for each of `done` orders. */
export function cpuFigures({ temporal, app, postgres, generator }: Usage, done: number): Figures {
  const each = (ms: number | null) => (ms === null || done === 0 ? null : ms / done);
  const all = temporal === null || app === null || postgres === null ? null : temporal + app + postgres;
  return {
    cpuTemporal: each(temporal),
    cpuApp: each(app),
    cpuPostgres: each(postgres),
    cpu: each(all),
    cpuGenerator: each(generator),
  };
}
