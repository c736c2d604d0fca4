import { counted, formatDuration } from './words.ts';

const units = [
  [86_400, 'day'],
  [3_600, 'hour'],
  [60, 'minute'],
  [1, 'second'],
] as const;

/** `7 days`, `90 seconds`: how long something lasts; what is no round number of anything reads like a clock. */
export function spanInWords(seconds: number): string {
  const round = units.find(([size]) => seconds >= size && seconds % size === 0 && seconds / size < 100);
  return round ? counted(seconds / round[0], round[1]) : formatDuration(seconds);
}
