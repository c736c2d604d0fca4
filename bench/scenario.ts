import type { Systems } from './systems.ts';
import type { SystemName } from './system.ts';

/**
 * One thing that is measured. A new one is a file in `scenarios/` (read-product.ts, list-orders.ts, …) and a place in the list of
 * `scenarios/index.ts`; it gets whatever it runs on from the context and answers with rows of figures. The books of every system that it
 * ran on are verified behind it.
 */
export interface Scenario {
  /** As in `--scenario`. */
  readonly name: string;
  readonly description: string;
  /** What it runs on, in this order, one after the other at each step, so that their ratios are of the same minutes. */
  readonly systems: readonly SystemName[];
  run(context: BenchContext): Promise<readonly Row[]>;
}

/** What a scenario works with. */
export interface BenchContext {
  readonly scenario: Scenario;
  /** The servers, which run already. */
  readonly systems: Systems;
  /** Of each measurement. */
  readonly seconds: number;
  /** Whether everything is to be over soon: fewer orders, buyers and steps. */
  readonly quick: boolean;
  /** Says what is being done. */
  readonly say: (line: string) => void;
  /** Aborted when the run is to end. */
  readonly signal: AbortSignal;
}

/** One line of the table. */
export interface Row {
  readonly scenario: string;
  /** What was measured: "16 in flight". Rows of several systems with the same words are compared. */
  readonly what: string;
  readonly system: SystemName;
  readonly figures: Figures;
}

/** Figures of a row; null where they could not be had, left out where they mean nothing. */
export interface Figures {
  /** Good answers a second. */
  readonly perSecond?: number | null;
  /** Milliseconds. */
  readonly p50?: number | null;
  readonly p95?: number | null;
  readonly p99?: number | null;
  /** Answers that were not good. */
  readonly failed?: number;
  /** Milliseconds of CPU for each good answer. */
  readonly cpuTemporal?: number | null;
  readonly cpuApp?: number | null;
  readonly cpuPostgres?: number | null;
  /** The three together. */
  readonly cpu?: number | null;
  /** Of the load generator, which shares the machine. */
  readonly cpuGenerator?: number | null;
  /** Of one order, from its history. */
  readonly events?: number | null;
  readonly actions?: number | null;
  /** Whatever else there is to tell, by its name with the unit: `"last answer s"`. */
  readonly more?: Readonly<Record<string, number | string | null>>;
}

/** Thrown when a run has shown something that must not be: the benchmark has failed then, whatever its figures are. */
export class WrongResult extends Error {
  override name = 'WrongResult';
}
