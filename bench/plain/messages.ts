import type { ReserveOrderInput } from '../../src/activities/reserve-order.ts';
import type { OrderStatus } from '../../src/domain/order-status.ts';
import type { Asker } from '../order-api.ts';

export const plainQueue = 'plain-orders';

export type PlainOrderInput = ReserveOrderInput & Asker;

export type PlainStep = Asker & { readonly newStatus: OrderStatus };

/** What a process of the plain system is started with. */
export interface PlainSettings {
  /** As the role of a worker. */
  readonly databaseUrl: string;
  readonly temporalAddress: string;
}
