import { ProblemError } from '../problems.ts';
import { defineRoute, type Route } from '../route.ts';
import { liveness, readiness } from '../schemas/health.ts';

const live = defineRoute({
  method: 'GET',
  path: '/livez',
  operationId: 'isAlive',
  access: 'public',
  tag: 'health',
  summary: 'Whether this process answers; asks nobody else',
  responses: { 200: { description: 'It does', data: liveness } },
  problems: [],
  handle: async () => ({ status: 200, data: { status: 'alive' } }),
});

const ready = defineRoute({
  method: 'GET',
  path: '/readyz',
  operationId: 'isReady',
  access: 'public',
  tag: 'health',
  summary: 'Whether requests can be served: the state of every dependency',
  responses: { 200: { description: 'All dependencies are up', data: readiness } },
  problems: ['unavailable'],
  handle: async (_, { readiness: ask }) => {
    const dependencies = await ask();
    const down = Object.values(dependencies).filter(({ status }) => status === 'down');
    if (down.length === 0) return { status: 200, data: { status: 'ready', dependencies } };
    const reasons = down.map(({ detail }) => detail);
    throw new ProblemError('unavailable', reasons.join(' '), { members: { dependencies } });
  },
});

export const healthRoutes: readonly Route[] = [live, ready];
