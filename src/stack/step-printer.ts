import type { DownloadReporter } from './downloads.ts';

/** Prints what a starting stack does, one line a step; a download's progress is one moving line on a terminal. */
export interface StepPrinter extends DownloadReporter {
  line(text: string): void;
}

/** A stream such as process.stdout. */
interface Output {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

const plainStepPercent = 25;

/** Prints to a terminal or, with plain lines only, to anything else. */
export function createStepPrinter(output: Output): StepPrinter {
  let moving = false;
  const printed = new Map<string, number>();

  const line = (text: string): void => {
    output.write(`${moving ? '\r\x1b[K' : ''}${text}\n`);
    moving = false;
  };
  return {
    line,
    note: line,
    progress(what, received, total) {
      const percent = total === undefined ? undefined : Math.min(99, Math.floor((100 * received) / total));
      const text = `Downloading from ${what}: ${percent === undefined ? '' : `${percent} % of `}${megabytes(total ?? received)}`;
      if (output.isTTY) {
        output.write(`\r\x1b[K${text}`);
        moving = true;
        return;
      }
      const step = Math.floor((percent ?? 0) / plainStepPercent);
      if (printed.get(what) === step) return;
      printed.set(what, step);
      line(text);
    },
  };
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(0)} MB`;
}
