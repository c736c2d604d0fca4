import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { endingWithParent, startLogged } from '../src/stack/child-process.ts';
import { StackError } from '../src/stack/stack-error.ts';
import { onFreePorts } from '../test/support/free-port.ts';
import { ownEnvironment } from './environment.ts';
import { Shop } from './shop.ts';
import { command, stackSettings, type Stack } from './stack.ts';

/** An API process beside that of the stack, on the same database and the same Temporal. */
export interface SecondApi {
  readonly shop: Shop;
  stop(): Promise<void>;
}

const readyMs = 60_000;

/**
 * Runs the built `earmark api` on a free port until it is ready.
 * @throws {StackError} with its last line when it does not come up
 */
export async function startSecondApi({ dataDir }: Stack, signal: AbortSignal): Promise<SecondApi> {
  return onFreePorts(1, async (port) => {
    const child = await startLogged({
      command: endingWithParent('TERM', [...command, 'api']),
      logFile: path.join(dataDir, 'logs', 'second-api.log'),
      env: ownEnvironment({
        ...stackSettings,
        EARMARK_HOST: '127.0.0.1',
        EARMARK_DATA_DIR: dataDir,
        PORT: String(port),
      }),
    });
    const shop = new Shop(`http://127.0.0.1:${port}`);
    const stop = async () => {
      shop.close();
      await child.stop([
        { signal: 'SIGTERM', waitMs: 10_000 },
        { signal: 'SIGKILL', waitMs: 3_000 },
      ]);
    };
    try {
      for (const giveUpAt = Date.now() + readyMs; !child.hasEnded() && Date.now() < giveUpAt; await delay(20)) {
        signal.throwIfAborted();
        if ((await shop.get('/readyz')).status === 200) return { shop, stop };
      }
      throw new StackError((child.output().trim().split('\n').at(-1) ?? '').replace(/^earmark: /, ''));
    } catch (error) {
      await stop();
      throw error;
    }
  });
}
