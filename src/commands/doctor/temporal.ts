import { Client, Connection, ScheduleNotFoundError } from '@temporalio/client';
import { tsToMs } from '@temporalio/common/lib/time.js';
import type { Config } from '../../config.ts';
import { assertSearchAttributes } from '../../search-attributes.ts';
import { assertNamespace, temporalRefusal } from '../../temporal-refusal.ts';
import type { TemporalConnectionSettings } from '../../temporal-settings.ts';
import { cleanupScheduleId, reconcileScheduleId, taskQueue as workersQueue } from '../../workflows/messages.ts';
import { judgeClock } from './clocks.ts';
import { diagnose, ok, problem, warning, type Diagnosis, type Verdict } from './diagnosis.ts';
import type { Places } from './places.ts';
import { judgeWorkers, type Poller } from './workers.ts';

/** Milliseconds in which a server that works has answered. */
const patience = 2_000;

/** Looks at Temporal and its workers. What cannot be asked of a server that does not answer is left out. */
export async function examineTemporal(
  config: Config,
  { temporalAddress: address, temporalUiUrl }: Places,
  taskQueue = workersQueue,
): Promise<Diagnosis[]> {
  if (address === undefined) return [];
  const { namespace, connection: settings } = config.temporal;
  const connection = Connection.lazy({ address, connectTimeout: patience, ...settings });
  const client = new Client({ connection, namespace });
  try {
    const reached = await diagnose('Temporal', () => judgeServer(connection, { address, namespace, ...settings }));
    if (reached.health !== 'ok') return [reached];
    const inTime = <T>(ask: () => Promise<T>): Promise<T> => connection.withDeadline(Date.now() + patience, ask);
    const others = [
      diagnose('Search attributes', async () => {
        await assertSearchAttributes(connection, namespace);
        return ok(`registered in the namespace ${namespace}`);
      }),
      ...[cleanupScheduleId, reconcileScheduleId].map((id) =>
        diagnose(`Schedule ${id}`, () => inTime(() => judgeSchedule(client, id))),
      ),
      diagnose('Workers', async () => {
        const pollers = await inTime(() => readPollers(client, taskQueue));
        return judgeWorkers(taskQueue, pollers, Date.now());
      }),
      ...(temporalUiUrl === undefined ? [] : [diagnose('Clock of Temporal', () => judgeTime(temporalUiUrl))]),
    ];
    return [reached, ...(await Promise.all(others))];
  } finally {
    await connection.close();
  }
}

async function judgeServer(
  connection: Connection,
  place: TemporalConnectionSettings & { readonly address: string; readonly namespace: string },
): Promise<Verdict> {
  try {
    await connection.ensureConnected();
    await connection.withDeadline(Date.now() + patience, () => assertNamespace(connection, place.namespace));
  } catch (error) {
    throw (await temporalRefusal(error, place)) ?? error;
  }
  const { serverVersion } = await connection.withDeadline(Date.now() + patience, () =>
    connection.workflowService.getSystemInfo({}),
  );
  return ok(`${serverVersion} at ${place.address}, namespace ${place.namespace}, ${credentialsIn(place)}`);
}

function credentialsIn({ tls, apiKey }: TemporalConnectionSettings): string {
  const parts = [
    tls === undefined || tls === false || tls === null ? 'without TLS' : 'with TLS',
    ...(apiKey === undefined ? [] : ['with an API key']),
    ...(typeof tls === 'object' && tls?.clientCertPair !== undefined ? ['with a client certificate'] : []),
  ];
  return parts.join(', ');
}

async function judgeSchedule(client: Client, id: string): Promise<Verdict> {
  try {
    const { state, info } = await client.schedule.getHandle(id).describe();
    if (state.paused)
      return warning(`It is paused. Unpause it: temporal schedule toggle --schedule-id ${id} --unpause`);
    const last = info.recentActions.at(-1)?.takenAt.toISOString() ?? 'never';
    return ok(`last run ${last}, next ${info.nextActionTimes[0]?.toISOString() ?? 'not planned'}`);
  } catch (error) {
    if (!(error instanceof ScheduleNotFoundError)) throw error;
    return problem('It is not there. Start a worker: each makes it when it starts.');
  }
}

/** TASK_QUEUE_KIND_NORMAL, and TASK_QUEUE_TYPE_WORKFLOW and _ACTIVITY. */
const [normal, kinds] = [1, { workflow: 1, activity: 2 } as const];

async function readPollers(client: Client, taskQueue: string): Promise<Poller[]> {
  const lists = await Promise.all(
    (['workflow', 'activity'] as const).map(async (kind) => {
      const { pollers } = await client.workflowService.describeTaskQueue({
        namespace: client.options.namespace,
        taskQueue: { name: taskQueue, kind: normal },
        taskQueueType: kinds[kind],
      });
      return pollers.map(({ identity, lastAccessTime }) => ({
        kind,
        identity: identity ?? '',
        lastPoll: tsToMs(lastAccessTime ?? undefined),
      }));
    }),
  );
  return lists.flat();
}

/** Temporal tells nobody its time, but its Web UI does, to the second. */
async function judgeTime(uiUrl: string): Promise<Verdict> {
  const sent = Date.now();
  const answer = await fetch(uiUrl, { method: 'HEAD', redirect: 'manual', signal: AbortSignal.timeout(patience) });
  const date = Date.parse(answer.headers.get('Date') ?? '');
  if (Number.isNaN(date)) return ok(`not known: ${uiUrl} does not tell it`);
  return judgeClock('Temporal', { sent, received: Date.now(), from: date, to: date + 999 });
}
