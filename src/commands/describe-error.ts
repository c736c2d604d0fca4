import { isGrpcServiceError } from '@temporalio/client';
import { CommanderError } from 'commander';
import { ConfigError } from '../config.ts';
import { messageOf } from '../persistence/error-message.ts';
import { isDatabaseUnavailable } from '../persistence/unavailable.ts';
import { StackError } from '../stack/stack-error.ts';

/** What a user reads when a command fails: one line that says what to do (one a variable for a bad configuration). */
export function describeError(error: unknown): string {
  if (error instanceof ConfigError || error instanceof StackError) return error.message;
  if (error instanceof CommanderError) {
    const text = oneLine(error.message.replace(/^error: /, ''));
    return `${text}${/[.?)]$/.test(text) ? '' : '.'} See earmark --help.`;
  }
  const message = messageIn(error);
  if (isDatabaseUnavailable(error)) {
    return `Postgres cannot be reached (${message}). Check DATABASE_URL, or run earmark start.`;
  }
  if (isTemporalUnavailable(error)) {
    return `Temporal cannot be reached (${message}). Check TEMPORAL_ADDRESS, or run earmark start.`;
  }
  if (error instanceof Error && 'code' in error && error.code === '42501') {
    return `${message}. Run earmark migrate --roles, or correct the database URL of this command.`;
  }
  return message;
}

function isTemporalUnavailable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  // The clients wrap what the connection threw.
  if (isGrpcServiceError(error) || isGrpcServiceError(error.cause)) {
    const { code } = (isGrpcServiceError(error) ? error : error.cause) as { code: number };
    const [deadlineExceeded, unavailable] = [4, 14];
    return code === deadlineExceeded || code === unavailable;
  }
  return error.name === 'TransportError' || error.message === 'Failed to connect before the deadline';
}

function messageIn(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return messageIn(error.errors[0]);
  if (!(error instanceof Error)) return oneLine(String(error));
  // The native client prints the whole nest of its errors; the innermost has the sentence.
  const [, sentence] = error.name === 'TransportError' ? (/message: "([^"]+)"/.exec(error.message) ?? []) : [];
  return sentence ?? oneLine(error.message === '' ? error.name : messageOf(error));
}

function oneLine(text: string): string {
  return text.trim().replace(/\s*\n\s*/g, ' ');
}
