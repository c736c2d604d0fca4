import type { Config } from '../../config.ts';
import { isLoopback } from '../../loopback.ts';
import { assertPortFree } from '../../stack/ports.ts';
import { StackError } from '../../stack/stack-error.ts';
import { diagnose, ok, problem, type Diagnosis, type Verdict } from './diagnosis.ts';
import type { Places } from './places.ts';

interface Port {
  /** As in "the embedded Postgres". */
  readonly use: string;
  readonly variable: string;
  readonly port: number;
  /** Where the stack that runs here has it. */
  readonly stacks: string | undefined;
  /** The variable that makes it needless, if it is set. */
  readonly instead: string | undefined;
}

/** Looks at the ports of a stack: each is free, or used by the one that runs here. */
export function examinePorts(config: Config, { stack, api }: Places): Promise<Diagnosis[]> {
  const external = {
    postgres: config.databaseUrl === undefined ? undefined : 'DATABASE_URL',
    temporal: config.temporal.address === undefined ? undefined : 'TEMPORAL_ADDRESS',
  };
  const ports: Port[] = [
    { use: 'the API', variable: 'PORT', port: config.port, stacks: stack?.api, instead: undefined },
    {
      use: 'the embedded Postgres',
      variable: 'EARMARK_POSTGRES_PORT',
      port: config.postgresPort,
      stacks: stack?.databaseUrl,
      instead: external.postgres,
    },
    {
      use: 'the embedded Temporal',
      variable: 'EARMARK_TEMPORAL_PORT',
      port: config.temporalPort,
      stacks: stack && `tcp://${stack.temporalAddress}`,
      instead: external.temporal,
    },
    {
      use: 'the Temporal Web UI',
      variable: 'EARMARK_TEMPORAL_UI_PORT',
      port: config.temporalUiPort,
      stacks: stack?.temporalUiUrl,
      instead: external.temporal,
    },
  ];
  return Promise.all(ports.map((port) => diagnose(port.variable, () => judgePort(port, api))));
}

async function judgePort({ use, variable, port, stacks, instead }: Port, api: string): Promise<Verdict> {
  if (instead !== undefined) return ok(`not needed for ${use}: ${instead} is set`);
  if (port === 0) return ok(`any free port is for ${use}`);
  const taken = await assertPortFree(port, use, variable).then(
    () => undefined,
    (error: unknown) => {
      if (error instanceof StackError) return error.message;
      throw error;
    },
  );
  if (stacks !== undefined) {
    if (!isHere(stacks, port)) return ok(`${port} is not used: the stack that runs here has another for ${use}`);
    if (taken !== undefined) return ok(`${port} is used by the stack that runs here, for ${use}`);
    return problem(`${port} is of the stack that runs here, but nothing listens there. Restart the stack.`);
  }
  if (taken === undefined) return ok(`${port} is free for ${use}`);
  if (variable === 'PORT' && (await isEarmark(api))) return ok(`${port} is used by an API of Earmark`);
  return problem(taken);
}

function isHere(address: string, port: number): boolean {
  const { hostname, port: used } = new URL(address);
  // A stack that listens everywhere listens here too.
  return Number(used) === port && (isLoopback(hostname) || /^[[\]:.0]+$/.test(hostname));
}

/** Milliseconds that whoever has the port gets to say who it is. */
const patience = 1_500;

async function isEarmark(api: string): Promise<boolean> {
  try {
    const answer = await fetch(new URL('/livez', api), { signal: AbortSignal.timeout(patience) });
    return JSON.stringify(await answer.json()).includes('"status":"alive"');
  } catch {
    return false;
  }
}
