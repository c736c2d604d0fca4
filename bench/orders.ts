import { orderIdIn } from './shop.ts';
import type { System } from './system.ts';

/** So long do orders hold their units: a hold that ends while something else is measured would be work of the wrong account. */
export const longestHold = 86_400;

/** Ids that are remembered of the orders that were placed last. */
const remembered = 200;

/** Places orders at one system. */
export class OrderSender {
  readonly #system: System;
  readonly #nextBody: () => unknown;
  readonly #ids: string[] = [];

  constructor(system: System, nextBody: () => unknown) {
    this.#system = system;
    this.#nextBody = nextBody;
  }

  /** Each order is for one unit of the next product. */
  static overProducts(system: System, products: readonly string[]): OrderSender {
    let n = 0;
    return new OrderSender(system, () => {
      n += 1;
      return { product_id: products[n % products.length], quantity: 1, hold_seconds: longestHold };
    });
  }

  /** Places one order and tells the status of the answer. */
  readonly place = async (): Promise<number> => {
    const answer = await this.#system.shop.post('/api/create-order/', this.#nextBody());
    const id = answer.status === 201 ? orderIdIn(answer) : undefined;
    if (id !== undefined) {
      this.#ids.push(id);
      if (this.#ids.length > remembered) this.#ids.shift();
    }
    return answer.status;
  };

  /** The ids of some of the orders that were placed last. */
  lastIds(count: number): readonly string[] {
    return this.#ids.slice(-count);
  }
}
