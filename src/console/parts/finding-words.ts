import type { FindingKind } from '../../domain/finding.ts';

/** What each kind of finding means, in words of a shop. */
const meanings: Readonly<Record<FindingKind, string>> = {
  'stock-log': 'A stock level is not what the audit log adds up to',
  'stock-unrecorded': 'A stock level of which the audit log knows nothing',
  'stock-missing': 'A stock level that the audit log knows is gone',
  'order-log': 'An order is not what its audit entries say',
  'order-steps': 'Audit entries of an order do not follow one another',
  'order-unrecorded': 'An order of which the audit log knows nothing',
  'order-missing': 'An order that the audit log knows is gone',
  'reservation-log': 'A reservation is not what its audit entries say',
  'reservation-steps': 'Audit entries of a reservation do not follow one another',
  'reservation-unrecorded': 'A reservation of which the audit log knows nothing',
  'reservation-missing': 'A reservation that the audit log knows is gone',
  'waiting-log': 'A place in a waiting list is not what its audit entries say',
  'order-rescue': 'An order and the expired one whose place it took disagree',
  'stock-reserved': 'The reserved units of a stock level are not those of its reservations',
  'reservation-allocations': 'A reservation does not have all its units in warehouses',
  'order-lines': 'The lines of an order do not add up to it',
  'line-reservation': 'A line of an order does not have its one reservation',
  'order-reservations': 'An order and its reservations disagree',
  'order-waiting': 'An order and its place in a waiting list disagree',
  'order-returns': 'An order and what came back of it disagree',
  'refused-and-placed': 'Something was placed and is remembered as refused',
  'stock-ledger': 'A stock level is not what its movements add up to',
  'ledger-steps': 'The balance of a movement does not follow from the one before: the ledger was changed',
  'ledger-allocations': 'A reservation and its movements in a warehouse disagree',
  'order-without-workflow': 'An open order that nothing carries on: its workflow is gone',
  'reservation-without-workflow': 'An open reservation that nothing carries on: its workflow is gone',
  'workflow-on-ended-order': 'A workflow goes on though its order has ended',
  'workflow-on-ended-reservation': 'A workflow goes on though its reservation has ended',
  'hold-overdue': 'A hold should have run out and has not',
  'wait-overdue': 'An order waits for longer than it should',
};

/** The meaning of a kind of finding; of one that this page does not know, its name. */
export function meaningOf(kind: string): string {
  return (meanings as Readonly<Record<string, string | undefined>>)[kind] ?? kind;
}
