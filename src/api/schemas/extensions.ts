import { z } from 'zod';
import { limits } from '../../domain/limits.ts';
import { extensionLeft, spanOf } from '../../domain/hold.ts';
import type { Order } from '../../domain/order.ts';
import type { Reservation } from '../../domain/reservation.ts';
import { order, presentOrder } from './orders.ts';
import { presentReservation, reservation } from './reservations.ts';
import { plainText, wholeNumber } from './values.ts';

/** How much longer a hold is to last. */
export const newExtension = z
  .strictObject({
    seconds: wholeNumber(1, limits.extensionSeconds).meta({ description: 'By how much the hold is to last longer.' }),
    reason: plainText(limits.reason).optional(),
  })
  .meta({ id: 'NewExtension' });

const secondsLeft = z.int().meta({ description: 'By how much the hold could still be extended.' });

export const orderExtension = z
  .strictObject({ seconds_left: secondsLeft, order })
  .meta({ id: 'OrderExtension', description: 'An order whose hold lasts longer now.' });

export const reservationExtension = z
  .strictObject({ seconds_left: secondsLeft, reservation })
  .meta({ id: 'ReservationExtension', description: 'A reservation whose hold lasts longer now.' });

export function presentOrderExtension(of: Order, maxFactor: number, currency: string): z.output<typeof orderExtension> {
  const [first] = of.reservations;
  return { seconds_left: first ? extensionLeft(spanOf(first), maxFactor) : 0, order: presentOrder(of, currency) };
}

export function presentReservationExtension(of: Reservation, maxFactor: number): z.output<typeof reservationExtension> {
  return { seconds_left: extensionLeft(spanOf(of), maxFactor), reservation: presentReservation(of) };
}
