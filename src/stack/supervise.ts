/** A running child that can be watched and stopped. */
export interface RunningServer {
  readonly pid: number;
  /** Resolves with how it ended, whoever ended it; never rejects. */
  readonly ended: Promise<string>;
  stop(): Promise<void>;
}

export interface SuperviseOptions<Server extends RunningServer> {
  /** As printed: "Postgres". */
  readonly name: string;
  /** Starts it; called again after each death. */
  readonly start: () => Promise<Server>;
  /** Prints a line. */
  readonly say: (line: string) => void;
  /** Called once when it keeps dying, with the reason; nothing is restarted after that. */
  readonly giveUp: (reason: string) => void;
  /** The clock in milliseconds, for tests. */
  readonly now?: () => number;
}

/** A server which is started again when it dies alone. */
export interface Supervised<Server> {
  readonly first: Server;
  /** Resolves at once when it runs, otherwise when it runs again or nothing will start it any more. */
  running(): Promise<void>;
  stop(): Promise<void>;
}

const deathsToGiveUp = 3;
const withinMs = 60_000;

/**
 * Starts a server and keeps it running: when it dies alone it is started again, with a printed line that says so.
 * The third death within a minute is the last; a start that fails counts as one.
 *
 * @throws what the first start throws
 */
export async function supervise<Server extends RunningServer>(
  options: SuperviseOptions<Server>,
): Promise<Supervised<Server>> {
  const { name, start, say, giveUp, now = Date.now } = options;
  const first = await start();
  let current: Server | undefined = first;
  let stopping = false;
  let deaths: number[] = [];
  let restart = Promise.resolve();

  /** Notes a death; whether another start is due. */
  const died = (how: string): boolean => {
    if (stopping) return false;
    deaths = [...deaths.filter((at) => at > now() - withinMs), now()];
    if (deaths.length < deathsToGiveUp) {
      say(`${name} ended by itself (${how}); starting it again.`);
      return true;
    }
    giveUp(`${name} ended ${deathsToGiveUp} times within a minute (${how}).`);
    return false;
  };

  /** Starts it until it runs; whether it does. */
  const startAgain = async (how: string): Promise<boolean> => {
    current = undefined;
    for (let last = how; died(last);) {
      try {
        current = await start();
        // A stop that came in the meantime waits for this to end, and then stops what was started.
        if (stopping) return false;
        say(`${name} runs again.`);
        return true;
      } catch (error) {
        last = error instanceof Error ? error.message : String(error);
      }
    }
    return false;
  };

  const watch = async (): Promise<void> => {
    for (let goesOn = true; goesOn;) {
      const how = current === undefined ? '' : await current.ended;
      const started = startAgain(how);
      restart = started.then(() => undefined);
      goesOn = await started;
    }
  };
  const watching = watch();

  return {
    first,
    running: () => restart,
    async stop() {
      stopping = true;
      await current?.stop();
      await watching;
      await current?.stop();
    },
  };
}
