import pino, { type Logger } from 'pino';
import pretty from 'pino-pretty';
import type { Config } from './config.ts';

/**
 * Creates the logger of a process: JSON lines, readable lines on a terminal.
 *
 * @param name the process, in every line: "api", "worker"
 * @param file appends to this file instead of standard output
 */
export function createLogger(level: Config['logLevel'], name: string, file?: string): Logger {
  if (file !== undefined) return pino({ level, name }, pino.destination({ dest: file, mkdir: true, sync: true }));
  // Synchronous, so that the last lines before an exit are not lost.
  const destination = process.stdout.isTTY ? pretty({ sync: true }) : pino.destination({ dest: 1, sync: true });
  return pino({ level, name }, destination);
}
