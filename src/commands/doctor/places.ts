import type { Config } from '../../config.ts';
import type { DatabaseRole } from '../../persistence/privileges.ts';
import { runningStack, serversOf, type StackAddresses } from '../../stack/addresses.ts';
import { ok, problem, warning, type Verdict } from './diagnosis.ts';

/** Where everything is that can be looked at; what nobody tells is left out. */
export interface Places {
  readonly stack?: StackAddresses;
  /** What the processes of each role log in with. */
  readonly databaseUrls: Partial<Readonly<Record<DatabaseRole, string>>>;
  /** `host:port` */
  readonly temporalAddress?: string;
  readonly temporalUiUrl?: string;
  /** The API of the stack, or the one that these variables are of. */
  readonly api: string;
}

/** Finds out where everything is, as all commands do. @throws when the stack's file cannot be read */
export async function findPlaces(config: Config): Promise<Places> {
  const stack = await runningStack(config.dataDir);
  const api = config.apiDatabaseUrl ?? config.databaseUrl ?? (stack && serversOf(stack, 'api').databaseUrl);
  const worker = config.workerDatabaseUrl ?? config.databaseUrl ?? (stack && serversOf(stack, 'worker').databaseUrl);
  const temporalAddress = config.temporal.address ?? stack?.temporalAddress;
  const temporalUiUrl =
    config.temporalUiUrl ?? (config.temporal.address === undefined ? stack?.temporalUiUrl : undefined);
  const { host, port } = config;
  return {
    ...(stack === undefined ? {} : { stack }),
    databaseUrls: { ...(api === undefined ? {} : { api }), ...(worker === undefined ? {} : { worker }) },
    ...(temporalAddress === undefined ? {} : { temporalAddress }),
    ...(temporalUiUrl === undefined ? {} : { temporalUiUrl }),
    api: stack?.api ?? `http://${host.includes(':') ? `[${host}]` : host}:${port}`,
  };
}

/** Whether a stack runs here, or what is used in its place. */
export function judgeStack({ dataDir }: Config, { stack, databaseUrls, temporalAddress }: Places): Verdict {
  if (stack !== undefined) return ok(`runs in ${dataDir}, its API at ${stack.api}`);
  const database = databaseUrls.api ?? databaseUrls.worker;
  if (database !== undefined && temporalAddress !== undefined)
    return ok('none runs here, and servers of yours are set');
  if (database === undefined && temporalAddress === undefined) {
    return warning('No stack is running here. Run earmark start, or set DATABASE_URL and TEMPORAL_ADDRESS.');
  }
  const missing = database === undefined ? 'DATABASE_URL' : 'TEMPORAL_ADDRESS';
  return warning(`No stack is running here, and ${missing} is not set. Set it too, or run earmark start.`);
}

/** What to say when the places themselves cannot be read. */
export function unreadable(error: unknown, { dataDir }: Config): Verdict {
  // What a parser says of text that is no JSON quotes it, and there are passwords in this file.
  const why =
    error instanceof SyntaxError
      ? 'it is no JSON'
      : error instanceof Error
        ? error.message.split('\n')[0]
        : String(error);
  return problem(
    `stack.json in ${dataDir} cannot be read (${why}). Stop the stack, remove the file, and start it again.`,
  );
}
