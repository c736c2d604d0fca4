import { z } from 'zod';
import { loadConsole } from '../console-files.ts';
import { contentSecurityPolicy, forever } from '../page-security.ts';
import { ProblemError } from '../problems.ts';
import { defineRoute, type Route } from '../route.ts';

const files = loadConsole();

/** The views of the console, by their paths: each is the same page, which shows what its address says. */
const views = [
  ['/', 'getOverviewPage', 'The console: an overview'],
  ['/products/', 'getProductsPage', 'The console: products'],
  ['/products/{id}/', 'getProductPage', 'The console: a product'],
  ['/orders/', 'getOrdersPage', 'The console: orders'],
  ['/orders/{id}/', 'getOrderPage', 'The console: an order'],
  ['/place-order/', 'getPlaceOrderPage', 'The console: place an order'],
  ['/reservations/', 'getReservationsPage', 'The console: reservations'],
  ['/waiting-lists/', 'getWaitingListsPage', 'The console: waiting lists'],
  ['/audit-log/', 'getAuditLogPage', 'The console: the audit log'],
  ['/health/', 'getHealthPage', 'The console: how everything is'],
] as const;

const pages = views.map(([path, operationId, summary]) =>
  defineRoute({
    method: 'GET',
    path,
    operationId,
    // What it shows it asks the API for, as whoever is signed in.
    access: 'public',
    tag: 'console',
    summary,
    // Whatever it is: the page says in words that there is nothing of this id.
    ...(path.includes('{id}') ? { params: z.strictObject({ id: z.string() }) } : {}),
    ignoresQuery: true,
    responses: {
      200: { description: 'A page to look at', headers: ['Content-Security-Policy'], content: ['text/html'] },
    },
    problems: [],
    handle: async () => ({
      status: 200,
      headers: { 'Content-Security-Policy': contentSecurityPolicy, 'Cache-Control': 'no-cache' },
      content: files.page,
    }),
  }),
);

const asset = defineRoute({
  method: 'GET',
  path: '/assets/{file}',
  operationId: 'getConsoleAsset',
  access: 'public',
  tag: 'console',
  summary: 'What the console loads',
  params: z.strictObject({ file: z.enum(files.names as [string, ...string[]]) }),
  responses: {
    200: {
      description: 'The file; its name changes with its content',
      headers: ['Cache-Control'],
      content: ['text/css', 'text/javascript', 'image/svg+xml'],
    },
  },
  problems: [],
  handle: async ({ params: { file } }) => {
    const content = files.find(file);
    if (!content) throw new ProblemError('not-found', `There is no file ${file}.`);
    return { status: 200, headers: { 'Cache-Control': forever }, content };
  },
});

export const consoleRoutes: readonly Route[] = [...pages, asset];
