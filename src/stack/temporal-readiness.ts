import { Connection } from '@temporalio/client';
import { msToTs, tsToMs } from '@temporalio/common/lib/time.js';
import { searchAttributes } from '../workflows/messages.ts';
import { pause, type LoggedProcess } from './child-process.ts';
import { messageOf } from './downloads.ts';
import { StackError } from './stack-error.ts';

const readyTimeoutMs = 60_000;
/** How long closed workflows can be looked at; the dev server's own default is one day. */
const retentionMs = 30 * 24 * 3_600_000;

/**
 * Waits until the dev server is ready for workflows: search attributes registered, closed ones kept for 30 days.
 *
 * @param logFile what the error refers to
 * @throws {StackError} when it ends before, or is not ready within a minute
 */
export async function untilReady(
  server: LoggedProcess,
  address: string,
  { namespace, logFile }: { readonly namespace: string; readonly logFile: string },
): Promise<void> {
  const giveUpAt = Date.now() + readyTimeoutMs;
  let lastProblem: unknown;
  while (!server.hasEnded() && Date.now() < giveUpAt) {
    try {
      await prepareNamespace(address, namespace);
      if (!server.hasEnded()) return;
    } catch (error) {
      lastProblem = error;
      await Promise.race([server.ended, pause(50)]);
    }
  }
  const why = server.hasEnded() ? reasonOf(server) : `it was not ready in time (${messageOf(lastProblem)})`;
  throw new StackError(`Temporal did not start: ${why}. See ${logFile}.`);
}

/** Throws as long as the server is not ready for workflows. */
async function prepareNamespace(address: string, namespace: string): Promise<void> {
  const connection = await Connection.connect({ address, connectTimeout: 1_000 });
  try {
    await connection.withDeadline(Date.now() + 5_000, async () => {
      const { workflowService, operatorService } = connection;
      const { customAttributes } = await operatorService.listSearchAttributes({ namespace });
      const missing = Object.keys(searchAttributes).filter((name) => !(name in (customAttributes ?? {})));
      if (missing.length > 0) throw new Error(`search attribute ${missing.join(', ')} not registered yet`);

      const { config } = await workflowService.describeNamespace({ namespace });
      if (tsToMs(config?.workflowExecutionRetentionTtl ?? undefined) === retentionMs) return;
      await workflowService.updateNamespace({
        namespace,
        config: { workflowExecutionRetentionTtl: msToTs(retentionMs) },
      });
    });
  } finally {
    await connection.close();
  }
}

/**
 * Why the server ended. It reports the whole chain of what it was building when it failed, the cause last; a crash has
 * its reason first, and then where it was.
 */
function reasonOf(server: LoggedProcess): string {
  const lines = server.output().trim().split('\n');
  const line = lines.findLast((text) => /^(panic|fatal error): /.test(text)) ?? lines.at(-1) ?? '';
  return line.trim().slice(-200).replace(/\.$/, '') || 'it gave no reason';
}
