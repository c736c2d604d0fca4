import type { Route } from '../route.ts';
import { auditLogRoutes } from './audit-log.ts';
import { consoleRoutes } from './console.ts';
import { eventRoutes } from './events.ts';
import { docsRoutes } from './docs.ts';
import { fulfilmentPlanRoutes } from './fulfilment-plans.ts';
import { extensionRoutes } from './extensions.ts';
import { healthRoutes } from './health.ts';
import { keyRoutes } from './keys.ts';
import { orderExportRoutes } from './order-export.ts';
import { orderRoutes } from './orders.ts';
import { overviewRoutes } from './overview.ts';
import { orderMovementRoutes } from './order-movements.ts';
import { productRoutes } from './products.ts';
import { reservationRoutes } from './reservations.ts';
import { systemRoutes } from './system.ts';
import { sessionRoutes } from './session.ts';
import { transferRoutes } from './stock-transfers.ts';
import { warehouseRoutes } from './warehouses.ts';
import { stockLevelRoutes } from './stock-levels.ts';
import { returnRoutes } from './returns.ts';
import { waitingListRoutes } from './waiting-list.ts';
import { stockExplanationRoutes } from './stock-explanation.ts';

const api = [
  ...overviewRoutes,
  ...productRoutes,
  ...stockExplanationRoutes,
  ...waitingListRoutes,
  ...warehouseRoutes,
  ...transferRoutes,
  ...stockLevelRoutes,
  ...orderRoutes,
  ...orderMovementRoutes,
  ...orderExportRoutes,
  ...returnRoutes,
  ...fulfilmentPlanRoutes,
  ...reservationRoutes,
  ...extensionRoutes,
  ...keyRoutes,
  ...sessionRoutes,
  ...auditLogRoutes,
  ...eventRoutes,
  ...systemRoutes,
  ...healthRoutes,
  ...consoleRoutes,
];

/** Everything that is served. */
export const routes: readonly Route[] = [...api, ...docsRoutes(api)];
