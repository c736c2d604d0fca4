import type { Figures, Row } from './scenario.ts';

const columns: readonly (readonly [title: string, value: (row: Row, rows: readonly Row[]) => string])[] = [
  ['scenario', ({ scenario }) => scenario],
  ['what', ({ what }) => what],
  ['system', ({ system }) => system],
  ['/s', ({ figures }) => number(figures.perSecond)],
  ['p50 ms', ({ figures }) => number(figures.p50)],
  ['p95 ms', ({ figures }) => number(figures.p95)],
  ['p99 ms', ({ figures }) => number(figures.p99)],
  ['failed', ({ figures }) => number(figures.failed)],
  ['CPU ms', ({ figures }) => number(figures.cpu)],
  ['Temporal', ({ figures }) => number(figures.cpuTemporal)],
  ['app', ({ figures }) => number(figures.cpuApp)],
  ['Postgres', ({ figures }) => number(figures.cpuPostgres)],
  ['(load)', ({ figures }) => number(figures.cpuGenerator)],
  ['events', ({ figures }) => number(figures.events)],
  ['actions', ({ figures }) => number(figures.actions)],
  ['against bare', (row, rows) => against('bare', row, rows)],
  ['against plain', (row, rows) => against('plain', row, rows)],
  ['more', ({ figures }) => more(figures)],
];

/** The whole of a run as one table; columns that are empty throughout are left out. */
export function tableOf(rows: readonly Row[]): string {
  const cells = rows.map((row) => columns.map(([, value]) => value(row, rows)));
  const shown = columns.map((_, column) => cells.some((row) => row[column] !== ''));
  const lines = [columns.map(([title]) => title), ...cells].map((line) => line.filter((_, column) => shown[column]));
  const widths = (lines[0] ?? []).map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  const textual = new Set(['scenario', 'what', 'system', 'more']);
  const titles = lines[0] ?? [];
  return lines
    .map((line) =>
      line
        .map((cell, n) => (textual.has(titles[n] ?? '') ? cell.padEnd(widths[n] ?? 0) : cell.padStart(widths[n] ?? 0)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** Ratios of Earmark to another system in the same measurement: of the rate, and of the median latency. */
export function ratiosOf(row: Row, other: Row | undefined): { readonly rate?: number; readonly p50?: number } {
  const ratio = (of: (figures: Figures) => number | null | undefined) => {
    const [mine, theirs] = [of(row.figures), other && of(other.figures)];
    return mine && theirs ? mine / theirs : undefined;
  };
  const [rate, p50] = [ratio(({ perSecond }) => perSecond), ratio(({ p50 }) => p50)];
  return { ...(rate === undefined ? {} : { rate }), ...(p50 === undefined ? {} : { p50 }) };
}

function against(name: 'bare' | 'plain', row: Row, rows: readonly Row[]): string {
  if (row.system !== 'earmark') return '';
  const other = rows.find((one) => one.system === name && one.scenario === row.scenario && one.what === row.what);
  const { rate, p50 } = ratiosOf(row, other);
  return [
    ...(rate === undefined ? [] : [`${rate.toFixed(2)} × rate`]),
    ...(p50 === undefined ? [] : [`${p50.toFixed(2)} × p50`]),
  ].join(', ');
}

function more({ more = {} }: Figures): string {
  return Object.entries(more)
    .map(([name, value]) => `${name} ${typeof value === 'string' ? value : number(value)}`)
    .join(', ');
}

/** Three digits, no more: the rest differs from run to run. */
function number(value: number | null | undefined): string {
  if (value === undefined) return '';
  if (value === null) return 'n/a';
  if (Number.isInteger(value) || Math.abs(value) >= 100) return value.toFixed(0);
  return Math.abs(value) >= 10 ? value.toFixed(1) : value.toFixed(2);
}
