import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Connection } from '@temporalio/client';
import { loadConfig } from '../../src/config.ts';
import { endingWithParent, startLogged } from '../../src/stack/child-process.ts';
import { StackError } from '../../src/stack/stack-error.ts';
import { resolveTemporalCli } from '../../src/stack/temporal-binary.ts';
import { onFreePorts } from '../../test/support/free-port.ts';
import { ownEnvironment } from '../environment.ts';

/** A dev server with everything as it comes, on a file of its own. */
export interface PlainTemporal {
  readonly pid: number;
  readonly address: string;
  stop(): Promise<void>;
}

const readyMs = 60_000;

/** @throws StackError when it does not come up */
export async function startPlainTemporal(folder: string): Promise<PlainTemporal> {
  await mkdir(folder, { recursive: true });
  const config = loadConfig(ownEnvironment({}));
  const binary = await resolveTemporalCli(config.temporalCli, { cacheDir: config.cacheDir });
  return onFreePorts(2, async (port, uiPort) => {
    const flags = [
      '--port',
      String(port),
      '--ui-port',
      String(uiPort),
      '--db-filename',
      path.join(folder, 'temporal.db'),
    ];
    const server = await startLogged({
      command: endingWithParent('TERM', [binary, 'server', 'start-dev', ...flags]),
      logFile: path.join(folder, 'temporal.log'),
      // It notes its cluster's id there.
      env: ownEnvironment({ XDG_CONFIG_HOME: folder }),
    });
    const stop = () =>
      server.stop([
        { signal: 'SIGTERM', waitMs: 8_000 },
        { signal: 'SIGKILL', waitMs: 3_000 },
      ]);
    const address = `127.0.0.1:${port}`;
    for (const giveUpAt = Date.now() + readyMs; !server.hasEnded() && Date.now() < giveUpAt; await delay(50)) {
      if (await answers(address)) return { pid: server.pid, address, stop };
    }
    await stop();
    throw new StackError(`The plain Temporal did not start: ${server.output().trim().slice(-300)}`);
  });
}

async function answers(address: string): Promise<boolean> {
  try {
    const connection = await Connection.connect({ address, connectTimeout: 1_000 });
    await connection.workflowService.describeNamespace({ namespace: 'default' }).finally(() => connection.close());
    return true;
  } catch {
    return false;
  }
}
