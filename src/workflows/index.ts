export { cleanUp } from './clean-up.ts';
export { order } from './order.ts';
export { orderReturn } from './order-return.ts';
export { reconcile } from './reconcile.ts';
export { reservation } from './reservation.ts';
