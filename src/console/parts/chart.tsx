import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';

/** A line or bars of a chart. */
export interface Series {
  readonly label: string;
  readonly values: readonly (number | null)[];
  /** The name of a colour in the style sheet, such as `--available`. */
  readonly colour: string;
  readonly draw?: 'line' | 'steps' | 'bars';
}

interface ChartProps {
  /** What it shows, for those who cannot see it. */
  readonly summary: string;
  /** Milliseconds since the epoch, ascending. */
  readonly times: readonly number[];
  readonly series: readonly Series[];
}

const height = 220;

/** Values over time. Its colours are those of the page, light or dark. */
export function Chart({ summary, times, series }: ChartProps): JSX.Element {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(undefined);
  const isDark = useDark();
  const shape = series.map(({ label, colour, draw }) => `${label} ${colour} ${draw}`).join();

  useEffect(() => {
    const { current: holder } = place;
    if (!holder) return undefined;
    const drawn = new uPlot(optionsFor(holder, series), dataOf(times, series), holder);
    plot.current = drawn;
    const resized = new ResizeObserver(() => drawn.setSize({ width: holder.clientWidth, height }));
    resized.observe(holder);
    return () => {
      resized.disconnect();
      drawn.destroy();
    };
  }, [shape, isDark]);

  useEffect(() => plot.current?.setData(dataOf(times, series)), [times, series]);

  return <div ref={place} class="chart" role="img" aria-label={summary} style={{ minHeight: `${height}px` }} />;
}

function dataOf(times: readonly number[], series: readonly Series[]): uPlot.AlignedData {
  return [times.map((time) => time / 1000), ...series.map(({ values }) => [...values])];
}

function optionsFor(holder: HTMLElement, series: readonly Series[]): uPlot.Options {
  const colours = getComputedStyle(holder);
  const colour = (name: string): string => colours.getPropertyValue(name).trim();
  const axis = {
    stroke: colour('--quiet'),
    grid: { stroke: colour('--line'), width: 1 },
    ticks: { stroke: colour('--line'), width: 1 },
  };
  const { stepped, bars } = uPlot.paths ?? {};
  return {
    width: holder.clientWidth,
    height,
    axes: [
      axis,
      { ...axis, size: 56, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 100_000, 1_000_000] },
    ],
    scales: { y: { range: (_, low, high) => [Math.min(0, low), Math.max(1, high * 1.05)] } },
    cursor: { drag: { x: false, y: false } },
    series: [
      {},
      ...series.map(({ label, colour: name, draw = 'line' }) => ({
        label,
        stroke: colour(name),
        width: 2,
        points: { show: false },
        ...(draw === 'steps' && stepped ? { paths: stepped({ align: 1 }) } : {}),
        ...(draw === 'bars' && bars ? { fill: colour(name), paths: bars({ size: [0.7, 40] }) } : {}),
      })),
    ],
  };
}

/** Whether the page is dark, and again when that changes. */
function useDark(): boolean {
  const [isDark, setDark] = useState(() => matchMedia('(prefers-color-scheme: dark)').matches);
  useEffect(() => {
    const scheme = matchMedia('(prefers-color-scheme: dark)');
    const changed = (): void => setDark(scheme.matches);
    scheme.addEventListener('change', changed);
    return () => scheme.removeEventListener('change', changed);
  }, []);
  return isDark;
}
