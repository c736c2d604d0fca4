import type { z } from 'zod';
import type { auditEntry } from '../../api/schemas/audit-log.ts';
import type { fulfilmentPlans } from '../../api/schemas/fulfilment-plans.ts';
import type { order } from '../../api/schemas/orders.ts';
import type { product } from '../../api/schemas/products.ts';
import type { reservation } from '../../api/schemas/reservations.ts';
import type { explanation } from '../../api/schemas/stock-explanation.ts';
import type { waitingOrder } from '../../api/schemas/waiting-list.ts';
import type { warehouse } from '../../api/schemas/warehouses.ts';

/** What the API answers with, by the schemas it checks: the console has no shapes of its own. */
export type Product = z.output<typeof product>;
export type Order = z.output<typeof order>;
export type Reservation = z.output<typeof reservation>;
export type Warehouse = z.output<typeof warehouse>;
export type WaitingOrder = z.output<typeof waitingOrder>;
export type AuditEntry = z.output<typeof auditEntry>;
export type Explanation = z.output<typeof explanation>;
export type Movement = Explanation['movements'][number];
export type FulfilmentPlans = z.output<typeof fulfilmentPlans>;
