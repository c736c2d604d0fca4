import type { Client } from '@temporalio/client';
import type { Knex } from 'knex';
import { oneAtATime } from './one-at-a-time.ts';
import { DatabaseAhead, pendingMigrations } from '../persistence/migrate.ts';

/** Thrown by a check that knows why a dependency cannot be used; the message is shown to the caller. */
class NotReady extends Error {
  override readonly name = 'NotReady';
}

/** Each resolves when its dependency can be used. */
export interface ReadinessChecks {
  readonly database: () => Promise<void>;
  readonly temporal: () => Promise<void>;
}

/** How one dependency is: `detail` is a sentence that says why it is down. */
interface DependencyState {
  readonly status: 'up' | 'down';
  readonly detail: string | null;
}

export type Dependencies = { readonly [Name in keyof ReadinessChecks]: DependencyState };

/** Milliseconds that a check may take: whoever asks wants to know within a second. */
const patience = 800;

/** A little less, so that no call is left behind when its check is given up. */
const temporalPatience = 600;

/** The checks of a running server. */
export function readinessChecks(db: Knex, client: Client): ReadinessChecks {
  return {
    database: async () => {
      const pending = await pendingMigrations(db);
      if (pending.length > 0) throw new NotReady(`The database misses ${pending.join(', ')}: run earmark migrate.`);
    },
    temporal: async () => {
      const { namespace } = client.options;
      await client.withDeadline(Date.now() + temporalPatience, () =>
        client.workflowService.describeNamespace({ namespace }),
      );
    },
  };
}

/** A function that tells how every dependency is, within about a second even when one hangs. */
export function dependencyWatch({ database, temporal }: ReadinessChecks): () => Promise<Dependencies> {
  // One that hangs must not use the pool up.
  const [askDatabase, askTemporal] = [oneAtATime(database), oneAtATime(temporal)];
  return async () => {
    const [first, second] = await Promise.all([
      stateOf('The database', askDatabase()),
      stateOf('Temporal', askTemporal()),
    ]);
    return { database: first, temporal: second };
  };
}

async function stateOf(name: string, check: Promise<void>): Promise<DependencyState> {
  let timer: NodeJS.Timeout | undefined;
  const tooSlow = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new NotReady(`${name} gave no answer within ${patience} ms.`)), patience);
  });
  try {
    await Promise.race([check, tooSlow]);
    return { status: 'up', detail: null };
  } catch (error) {
    const isKnown = error instanceof NotReady || error instanceof DatabaseAhead;
    return { status: 'down', detail: isKnown ? error.message : `${name} cannot be reached.` };
  } finally {
    clearTimeout(timer);
  }
}
