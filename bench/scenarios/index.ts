import type { Scenario } from '../scenario.ts';
import { checkout } from './checkout.ts';
import { coldStart } from './cold-start.ts';
import { expiryStorm } from './expiry-storm.ts';
import { listOrders } from './list-orders.ts';
import { listProducts } from './list-products.ts';
import { memory } from './memory.ts';
import { multiLine } from './multi-line.ts';
import { placeHot } from './place-hot.ts';
import { placeSpread } from './place-spread.ts';
import { readProduct } from './read-product.ts';
import { sellOut } from './sell-out.ts';
import { wholeOrder } from './whole-order.ts';

/** Every scenario, in the order in which they run: the last leaves thousands of orders open. */
export const scenarios: readonly Scenario[] = [
  placeSpread,
  placeHot,
  sellOut,
  checkout,
  wholeOrder,
  multiLine,
  expiryStorm,
  readProduct,
  listProducts,
  listOrders,
  coldStart,
  memory,
];
