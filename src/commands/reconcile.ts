import type { Command } from 'commander';
import { v4 } from 'uuid';
import { assertSchema } from '../assert-schema.ts';
import { presentChecked, presentFinding } from '../api/schemas/findings.ts';
import { ensureCleanupSchedule } from '../cleanup-schedule.ts';
import { loadConfig, type Config } from '../config.ts';
import { systemActor } from '../domain/audit.ts';
import { ruleMs } from '../persistence/books/check.ts';
import { ensureReconcileSchedule } from '../reconcile-schedule.ts';
import { findEverything, repairEverything } from '../reconcile.ts';
import { resolveServers, type Servers } from '../stack/addresses.ts';
import { taskQueue as earmarkQueue } from '../workflows/messages.ts';
import { closingLine, findingLines, nextStepLines, repairLines } from './finding-lines.ts';
import { wholeNumber } from './whole-number.ts';
import { withServers } from './with-servers.ts';

interface Options {
  readonly repair: boolean;
  readonly json: boolean;
  readonly olderThan?: number;
}

export interface ReconcileInput {
  readonly repair: boolean;
  readonly json: boolean;
  readonly graceSeconds: number;
  /** Of every audit entry that a repair writes. */
  readonly requestId: string;
}

/** `earmark reconcile`: compares the database with itself and with Temporal, and repairs. */
export function addReconcileCommand(program: Command): void {
  program
    .command('reconcile')
    .summary('compare the database with itself and with Temporal, and repair with --repair')
    .description(
      'Finds what earmark verify finds, and beyond that: orders and reservations that lost their workflow, workflows of what has ' +
        'ended, and overdue holds. With --repair, rows are restored from the audit log, reservations follow their orders, lost ' +
        'workflows are started again and go on, and left ones are closed. Repairs only add audit entries, never change one, and a ' +
        'second run does nothing more. Workers look the same way every EARMARK_RECONCILE_SECONDS, without repairing. The exit ' +
        'code is 1 when a finding remains. Uses EARMARK_WORKER_DATABASE_URL (or else DATABASE_URL) and TEMPORAL_ADDRESS, or else the stack that runs in ' +
        'EARMARK_DATA_DIR. When Temporal cannot be reached nothing is touched.',
    )
    .option('--repair', 'repair what can be repaired', false)
    .option('--json', 'print one JSON document', false)
    .option(
      '--older-than <seconds>',
      'how long a hold must be overdue, or something have ended (default: EARMARK_CLEANUP_GRACE_SECONDS, or 60)',
      wholeNumber(0, 999_999_999),
    )
    .action(async ({ repair, json, olderThan }: Options) => {
      const config = loadConfig();
      const remaining = await runReconcile({
        config,
        servers: await resolveServers(config, 'worker'),
        input: { repair, json, graceSeconds: olderThan ?? config.cleanupGraceSeconds, requestId: v4() },
        print: (line) => console.log(line),
      });
      if (remaining > 0) process.exitCode = 1;
    });
}

/**
 * Looks, and repairs if asked to, and prints what came of it.
 * @returns how many findings remain
 * @throws when Temporal or Postgres cannot be reached; StackError when the schema is too old
 */
export async function runReconcile({
  config,
  servers,
  input,
  print,
  taskQueue = earmarkQueue,
}: {
  readonly config: Config;
  readonly servers: Servers;
  readonly input: ReconcileInput;
  readonly print: (line: string) => void;
  /** Where workflows are started again. */
  readonly taskQueue?: string;
}): Promise<number> {
  const { repair, json, graceSeconds, requestId } = input;
  const options = { poolMax: 10, name: 'earmark reconcile', statementMs: ruleMs };
  return withServers({ config, servers }, options, async (connected) => {
    const parts = { ...connected, graceSeconds };
    await assertSchema(connected.db);
    const cause = { actor: systemActor, requestId, workflowId: null };
    // A Temporal that lost its database has lost them as well; a worker sets them up only when it starts.
    if (repair) {
      await ensureCleanupSchedule(connected.client, config, 'keep');
      await ensureReconcileSchedule(connected.client, config, 'keep');
    }
    const report = repair
      ? await repairEverything(parts, taskQueue, cause)
      : { ...(await findEverything(parts)), repairs: [] };
    const { findings, repairs } = report;
    const remaining = repair ? repairs.filter(({ repaired }) => !repaired).length : findings.length;
    if (json) {
      const checked = presentChecked(report);
      const presented = repairs.map(({ finding, repaired, how }) => ({ ...presentFinding(finding), repaired, how }));
      const found = findings.map(presentFinding);
      print(
        JSON.stringify(repair ? { request_id: requestId, checked, repairs: presented } : { checked, findings: found }),
      );
    } else {
      for (const line of repair ? repairLines(repairs) : findingLines(findings)) print(line);
      print(closingLine(report, findings.length));
      if (!repair) for (const line of nextStepLines(findings)) print(line);
      if (repairs.length > 0) print(repairedLine(repairs.length - remaining, remaining, requestId));
    }
    return remaining;
  });
}

function repairedLine(repaired: number, remaining: number, requestId: string): string {
  return `Repaired ${repaired}, left ${remaining} (request ${requestId} in the audit log).`;
}
