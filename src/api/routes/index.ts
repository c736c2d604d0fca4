import type { Route } from '../route.ts';
import { auditLogRoutes } from './audit-log.ts';
import { docsRoutes } from './docs.ts';
import { fulfilmentPlanRoutes } from './fulfilment-plans.ts';
import { extensionRoutes } from './extensions.ts';
import { healthRoutes } from './health.ts';
import { keyRoutes } from './keys.ts';
import { orderExportRoutes } from './order-export.ts';
import { orderRoutes } from './orders.ts';
import { productRoutes } from './products.ts';
import { reservationRoutes } from './reservations.ts';
import { sessionRoutes } from './session.ts';
import { transferRoutes } from './stock-transfers.ts';
import { warehouseRoutes } from './warehouses.ts';
import { stockLevelRoutes } from './stock-levels.ts';
import { returnRoutes } from './returns.ts';
import { waitingListRoutes } from './waiting-list.ts';
import { stockExplanationRoutes } from './stock-explanation.ts';

const api = [
  ...productRoutes,
  ...stockExplanationRoutes,
  ...waitingListRoutes,
  ...warehouseRoutes,
  ...transferRoutes,
  ...stockLevelRoutes,
  ...orderRoutes,
  ...orderExportRoutes,
  ...returnRoutes,
  ...fulfilmentPlanRoutes,
  ...reservationRoutes,
  ...extensionRoutes,
  ...keyRoutes,
  ...sessionRoutes,
  ...auditLogRoutes,
  ...healthRoutes,
];

/** Everything that is served. */
export const routes: readonly Route[] = [...api, ...docsRoutes(api)];
