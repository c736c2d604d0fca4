import { problems, type ProblemCode } from '../problems.ts';
import { takesKey, type Route } from '../route.ts';

/** Whatever a route does: a bad header or query, a request cut short or too slow, one from elsewhere, a mistake of ours. */
const ofEveryRoute: readonly ProblemCode[] = [
  'validation-failed',
  'malformed-request',
  'request-timeout',
  'headers-too-large',
  'foreign-host',
  'foreign-origin',
  'internal',
];

/** Who calls, and how often: wrong credentials, and those without a role, are refused wherever they are sent. */
const ofCallers: readonly ProblemCode[] = ['unauthenticated', 'forbidden', 'rate-limited'];

const ofBodies: readonly ProblemCode[] = ['malformed-json', 'payload-too-large', 'unsupported-media-type'];

/** Every problem that a route can answer with, by HTTP status. */
export function declaredProblems(route: Route): ReadonlyMap<number, readonly ProblemCode[]> {
  const codes = new Set<ProblemCode>([
    ...ofEveryRoute,
    // No credentials and no limits either.
    ...(route.tag === 'health' ? [] : ofCallers),
    // No capacity, which middleware/capacity.ts does not ask about health.
    ...(route.tag === 'health' ? [] : (['unavailable'] as const)),
    // A path that does not match its schema.
    ...(route.params === undefined ? [] : (['not-found'] as const)),
    ...(route.method === 'GET' ? [] : ofBodies),
    ...(route.bodies?.table === undefined ? [] : (['malformed-csv'] as const)),
    ...(takesKey(route) ? (['idempotency-key-reused'] as const) : []),
    ...route.problems,
  ]);
  const byStatus = new Map<number, ProblemCode[]>();
  for (const code of codes) {
    const { status } = problems[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  return byStatus;
}
