export { cleanUp } from './clean-up.ts';
export { order } from './order.ts';
export { reservation } from './reservation.ts';
