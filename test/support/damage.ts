import { ledgerDamages } from './damage/ledger.ts';
import { lineDamages } from './damage/lines.ts';
import type { Damage } from './damage/objects.ts';
import { orderDamages } from './damage/orders.ts';
import { refusalDamages } from './damage/refusals.ts';
import { reservationDamages } from './damage/reservations.ts';
import { returnDamages } from './damage/returns.ts';
import { stockDamages } from './damage/stock.ts';
import { rescueDamages, waitingDamages } from './damage/waiting.ts';

export { claim, erase } from './damage/objects.ts';
export { endAlone, moveAlone } from './damage/orders.ts';

/** Every way in which the tests make the books wrong. */
export const damages: readonly Damage[] = [
  ...stockDamages,
  ...orderDamages,
  ...reservationDamages,
  ...lineDamages,
  ...refusalDamages,
  ...returnDamages,
  ...ledgerDamages,
  ...waitingDamages,
  ...rescueDamages,
];
