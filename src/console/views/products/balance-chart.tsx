import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import { serverNow } from '../../client/clock.ts';
import type { Explanation } from '../../client/shapes.ts';
import { Chart, type Series } from '../../parts/chart.tsx';
import { counted, formatNumber } from '../../parts/words.ts';

const lines = [
  ['Available', 'available', '--available'],
  ['Reserved', 'reserved', '--reserved'],
  ['Total', 'total', '--text'],
] as const;

interface BalanceChartProps {
  readonly explanation: Explanation;
  /** Whether the newest movements are among them: then the last balance holds until the moment that is looked at. */
  readonly isLatest: boolean;
}

/** The balance after each movement of the page, as steps. */
export function BalanceChart({ explanation, isLatest }: BalanceChartProps): JSX.Element {
  const { times, series } = useMemo(() => stepsOf(explanation, isLatest), [explanation, isLatest]);
  const available = explanation.movements.map(({ balance }) => balance.available);
  const range = `${formatNumber(Math.min(...available))} to ${formatNumber(Math.max(...available))}`;
  const summary = `Stock after ${counted(available.length, 'movement')}: ${range} available. The table below has the same.`;
  return <Chart summary={summary} times={times} series={series} />;
}

function stepsOf({ movements, at }: Explanation, isLatest: boolean): { times: number[]; series: Series[] } {
  // Of several movements in one moment the last one says where it led to.
  const balances = new Map(movements.toReversed().map(({ at, balance }) => [Date.parse(at), balance]));
  const [newest, oldest] = [movements[0], movements.at(-1)];
  if (isLatest && newest && oldest) {
    const [from, last] = [Date.parse(oldest.at), Date.parse(newest.at)];
    const end = at === null ? serverNow() : Date.parse(at);
    // Long silence after them would leave no room for the movements.
    const shown = from === last ? end : Math.min(end, last + (last - from) / 10);
    balances.set(Math.max(shown, last), newest.balance);
  }
  const steps = Array.from(balances).sort(([one], [other]) => one - other);
  return {
    times: steps.map(([time]) => time),
    series: lines.map(([label, figure, colour]) => ({
      label,
      colour,
      draw: 'steps',
      values: steps.map(([, balance]) => balance[figure]),
    })),
  };
}
