import { z } from 'zod';
import { diagnose, ok, problem, warning, type Diagnosis } from './diagnosis.ts';
import type { Places } from './places.ts';

/** Milliseconds that the API gets: it answers within a second even when a server behind it hangs. */
const patience = 3_000;

const dependency = z.object({ status: z.string(), detail: z.string().nullable() });

const readiness = z.object({
  data: z.object({ dependencies: z.record(z.string(), dependency) }).optional(),
  dependencies: z.record(z.string(), dependency).optional(),
});

/** Looks whether the API is ready, where one is to be: in a stack, or beside servers that are set. */
export async function examineApi({ stack, databaseUrls, api }: Places): Promise<Diagnosis[]> {
  if (stack === undefined && databaseUrls.api === undefined) return [];
  const look = async () => {
    const answer = await fetch(new URL('/readyz', api), { signal: AbortSignal.timeout(patience) }).catch(
      () => undefined,
    );
    if (answer === undefined) {
      return stack === undefined
        ? warning(`No API answers at ${api}. Run earmark api, unless it is elsewhere.`)
        : problem(`The API of the stack does not answer at ${api}. Restart the stack.`);
    }
    if (answer.ok) return ok(`ready at ${api}`);
    const body = readiness.safeParse(await answer.json().catch(() => undefined)).data;
    const down = Object.values(body?.dependencies ?? {}).flatMap(({ detail }) => detail ?? []);
    return problem(`${api}/readyz answers ${answer.status}. ${down.join(' ') || 'Look into its log.'}`);
  };
  return [await diagnose('API', look)];
}
