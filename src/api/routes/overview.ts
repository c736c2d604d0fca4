import { defineRoute, type Route } from '../route.ts';
import { overview, overviewQuery, presentOverview } from '../schemas/overview.ts';

const read = defineRoute({
  method: 'GET',
  path: '/api/overview/',
  operationId: 'getOverview',
  access: 'viewer',
  tag: 'overview',
  summary: 'See how orders and stock stand, what needs a look, and what happened lately',
  query: overviewQuery,
  responses: {
    200: {
      description: 'How the shop stands, no older than two seconds, or ten times what it took to read',
      data: overview,
    },
  },
  problems: ['validation-failed'],
  handle: async ({ query: { hours } }, { overview: shared }) => {
    return { status: 200, data: presentOverview(await shared.get(hours)) };
  },
});

export const overviewRoutes: readonly Route[] = [read];
