import assert from 'node:assert/strict';
import type { Entry } from './model-books.ts';
import type { Limits } from './operations.ts';
import { doneIn, isOrder, isReservation, type Told } from './told.ts';

interface Wait {
  readonly product: string;
  readonly qty: number;
}

/**
 * Demands that of each product only the first in the list was ever served, whoever else left it meanwhile.
 * @param entries in the order of their ids: of one product that is the order of commits, since its lock is held
 */
export function assertServedInOrder(entries: readonly Entry[]): void {
  const lists = new Map<string, string[]>();
  for (const { action, object, before, after } of entries) {
    if (action === 'WAITING_STARTED') {
      const { product } = after as Wait;
      lists.set(product, [...(lists.get(product) ?? []), object]);
    }
    if (action === 'WAITING_ENDED') {
      const { product } = before as Wait;
      const list = lists.get(product) ?? [];
      const { ended_as: endedAs } = after as { ended_as: string };
      if (endedAs === 'served') assert.equal(list[0], object, `${object} was the first that waited for ${product}`);
      lists.set(
        product,
        list.filter((other) => other !== object),
      );
    }
  }
}

/**
 * Demands that nobody ever had more than they may. Who places something reads under a lock what they have, so that whatever they saw has
 * lower ids; what has ended without their seeing it only makes it less.
 */
export function assertWithin({ heldUnits, openHolds }: Limits, entries: readonly Entry[], told: readonly Told[]): void {
  const { products, owners } = whoHasWhat(told);
  // What each actor has: of an order that waits its own name, of a reservation the reservation's.
  const has = new Map<string, Map<string, Wait>>();
  const give = (actor: string, name: string, wait: Wait) =>
    has.set(actor, (has.get(actor) ?? new Map()).set(name, wait));
  for (const { action, object, actor, after } of entries) {
    const [order = object] = object.split(' line');
    // Others may end a reservation that stands alone; it is of whoever made it.
    const holder = owners.get(order) ?? actor;
    owners.set(order, holder);
    if (order.endsWith('rescued')) continue;
    if (action === 'WAITING_STARTED') give(holder, object, after as Wait);
    else if (action === 'RESERVATION_CREATED') {
      give(holder, object, { ...(after as Wait), product: products.get(object) ?? 'nothing' });
    } else {
      if (endings.has(action)) has.get(holder)?.delete(object);
      continue;
    }
    const theirs = [...(has.get(holder) ?? [])];
    const open = new Set(theirs.map(([name]) => name.split(' line')[0])).size;
    assert.ok(openHolds === null || open <= openHolds, `${holder} has ${open} open holds with ${object}`);
    for (const product of products.values()) {
      const units = theirs.filter(([, one]) => one.product === product).reduce((sum, [, { qty }]) => sum + qty, 0);
      assert.ok(heldUnits === null || units <= heldUnits, `${holder} has ${units} of ${product} with ${object}`);
    }
  }
}

const endings = new Set(['WAITING_ENDED', 'RESERVATION_FULFILLED', 'RESERVATION_RELEASED', 'RESERVATION_EXPIRED']);

/** The product of each reservation, and who has each order. */
function whoHasWhat(told: readonly Told[]) {
  const done = told.flatMap(({ answer }) => doneIn(answer));
  const orders = done.filter(isOrder);
  const lines = [...done.filter(isReservation), ...orders.flatMap((order) => order.lines)];
  return {
    products: new Map(lines.map(({ reservation, product }) => [reservation, product as string])),
    owners: new Map<string, string>(orders.map(({ order, placedBy }) => [order, placedBy])),
  };
}
