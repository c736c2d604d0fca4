import type { Route } from '../route.ts';
import { auditLogRoutes } from './audit-log.ts';
import { docsRoutes } from './docs.ts';
import { healthRoutes } from './health.ts';
import { orderRoutes } from './orders.ts';
import { productRoutes } from './products.ts';
import { reservationRoutes } from './reservations.ts';
import { stockExplanationRoutes } from './stock-explanation.ts';

const api = [
  ...productRoutes,
  ...stockExplanationRoutes,
  ...orderRoutes,
  ...reservationRoutes,
  ...auditLogRoutes,
  ...healthRoutes,
];

/** Everything that is served. */
export const routes: readonly Route[] = [...api, ...docsRoutes(api)];
