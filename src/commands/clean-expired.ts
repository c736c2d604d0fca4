import type { Command } from 'commander';
import { v4 } from 'uuid';
import { cleanExpired, type CleanExpiredInput, type CleanExpiredSummary } from '../activities/clean-expired.ts';
import { cleanupBatchSize } from '../cleanup-schedule.ts';
import { loadConfig, type Config } from '../config.ts';
import { owningWorkflow } from '../owning-workflow.ts';
import { wakeOrders } from '../wake-orders.ts';
import { resolveServers, type Servers } from '../stack/addresses.ts';
import { wholeNumber } from './whole-number.ts';
import { withServers } from './with-servers.ts';

interface Options {
  readonly dryRun: boolean;
  readonly batchSize: number;
  readonly olderThan?: number;
}

/** `earmark clean-expired`: releases overdue holds that lost their workflow. */
export function addCleanExpiredCommand(program: Command): void {
  program
    .command('clean-expired')
    .summary('end overdue holds and waits whose workflow is closed or gone')
    .description(
      'Gives back the units of reservations whose hold is overdue and whose workflow is closed or gone, and cancels ' +
        'their orders as expired. Orders like that which wait for their units are cancelled as not available. Workers do the same every EARMARK_CLEANUP_SECONDS, so it normally finds nothing. ' +
        'Uses EARMARK_WORKER_DATABASE_URL (or else DATABASE_URL) and TEMPORAL_ADDRESS, or else the stack that runs in EARMARK_DATA_DIR. When Temporal cannot ' +
        'be reached nothing is touched.',
    )
    .option('--dry-run', 'only tell what would be done', false)
    .option(
      '--batch-size <n>',
      'reservations, or waiting orders, looked at in one go',
      wholeNumber(1, 1000),
      cleanupBatchSize,
    )
    .option(
      '--older-than <seconds>',
      'how overdue they must be (default: EARMARK_CLEANUP_GRACE_SECONDS, or 60)',
      wholeNumber(0, 999_999_999),
    )
    .action(async ({ dryRun, batchSize, olderThan }: Options) => {
      const config = loadConfig();
      const graceSeconds = olderThan ?? config.cleanupGraceSeconds;
      const input = { graceSeconds, batchSize, dryRun, requestId: v4() };
      await runCleanExpired({
        config,
        servers: await resolveServers(config, 'worker'),
        input,
        print: (line) => console.log(line),
      });
    });
}

/**
 * Cleans once and prints what it did, a line a batch and a summary.
 * @throws when Temporal or Postgres cannot be reached
 */
export async function runCleanExpired({
  config,
  servers,
  input,
  print,
}: {
  readonly config: Config;
  readonly servers: Servers;
  readonly input: CleanExpiredInput;
  readonly print: (line: string) => void;
}): Promise<void> {
  await withServers({ config, servers }, { poolMax: 2, name: 'earmark clean-expired' }, async ({ db, client }) => {
    const summary = await cleanExpired(
      {
        db,
        owningWorkflow: (holder) => owningWorkflow(client, holder),
        wake: wakeOrders(client, {
          warn: ({ order_id: id }: { order_id?: string }, message) => print(`${message} (${id})`),
        }),
        onProgress: (summary) => {
          if (summary.overdue > 0) print(progressLine(summary, input));
        },
      },
      input,
    );
    for (const line of summaryLines(summary, input)) print(line);
  });
}

function progressLine(
  { overdue, released, waitsEnded, open }: CleanExpiredSummary,
  { dryRun }: CleanExpiredInput,
): string {
  const waits =
    waitsEnded === 0 ? '' : ` ${waitsEnded} ${dryRun ? 'to leave their waiting list' : 'left their waiting list'},`;
  return `${overdue} overdue so far: ${released} ${dryRun ? 'to release' : 'released'},${waits} ${open} with an open workflow`;
}

/** What came out of it, in sentences. */
function summaryLines(summary: CleanExpiredSummary, { dryRun, graceSeconds, requestId }: CleanExpiredInput): string[] {
  const { overdue, released, waitsEnded, ordersCancelled, open, openWorkflows } = summary;
  if (overdue === 0) return [`Nothing to clean: no hold and no wait is overdue by more than ${graceSeconds} s.`];
  const lines: string[] = [];
  if (open > 0) {
    const more = open > openWorkflows.length ? ` and ${open - openWorkflows.length} more` : '';
    lines.push(`Left alone, since the workflow is open: ${openWorkflows.join(', ')}${more}. Is a worker running?`);
  }
  const [holds, orders] = [counted(released, 'overdue hold'), counted(ordersCancelled, 'order')];
  const waited = waitsEnded === 0 ? '' : `, ${waitsEnded} of which waited for units in vain`;
  lines.push(
    dryRun
      ? `Dry run: would release ${holds} and cancel ${orders}${waited}. Nothing was changed.`
      : `Released ${holds} and cancelled ${orders}${waited} (request ${requestId} in the audit log).`,
  );
  return lines;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
