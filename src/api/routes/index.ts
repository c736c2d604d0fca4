import type { Route } from '../route.ts';
import { auditLogRoutes } from './audit-log.ts';
import { docsRoutes } from './docs.ts';
import { fulfilmentPlanRoutes } from './fulfilment-plans.ts';
import { healthRoutes } from './health.ts';
import { orderRoutes } from './orders.ts';
import { productRoutes } from './products.ts';
import { reservationRoutes } from './reservations.ts';

const api = [
  ...productRoutes,
  ...orderRoutes,
  ...fulfilmentPlanRoutes,
  ...reservationRoutes,
  ...auditLogRoutes,
  ...healthRoutes,
];

/** Everything that is served. */
export const routes: readonly Route[] = [...api, ...docsRoutes(api)];
