import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import { setCurrentDetails, upsertSearchAttributes } from '@temporalio/workflow';
import type { Order } from '../domain/order.ts';
import type { Reservation } from '../domain/reservation.ts';
import type { Return } from '../domain/return.ts';
import { searchableSkus } from './messages.ts';

const orderStatus = defineSearchAttributeKey('OrderStatus', SearchAttributeType.KEYWORD);
const orderTotal = defineSearchAttributeKey('OrderTotal', SearchAttributeType.DOUBLE);
const skus = defineSearchAttributeKey('Skus', SearchAttributeType.KEYWORD_LIST);

/** Makes a placed order findable in Temporal by status, total and SKUs. */
export function indexOrder(order: Order): void {
  upsertSearchAttributes([
    { key: orderStatus, value: order.status },
    { key: orderTotal, value: Number(order.total) },
    { key: skus, value: order.lines.slice(0, searchableSkus).map(({ product }) => product.sku) },
  ]);
  describeOrder(order);
}

/** Shows a step of an order in Temporal. */
export function indexStatus(order: Order): void {
  upsertSearchAttributes([{ key: orderStatus, value: order.status }]);
  describeOrder(order);
}

/** What the Web UI shows of an order: markdown, made from its state and written nowhere. */
function describeOrder({ id, status, total, lines, cancelReason, waiting, expiresAt }: Order): void {
  const state = cancelReason === null ? status : `${status} (${cancelReason})`;
  setCurrentDetails(
    [
      `**Order ${id}** is **${state}**, total **${total}**`,
      ...(waiting ? [`Waits for its units until ${waiting.until}`] : []),
      ...(status === 'pending' && !waiting ? [`Held until ${expiresAt}`] : []),
      '',
      '| SKU | product | quantity | unit price | line total |',
      '|---|---|---:|---:|---:|',
      ...lines.map(
        ({ product, quantity, unitPrice, lineTotal }) =>
          `| ${product.sku} | ${product.name.replaceAll('|', '\\|')} | ${quantity} | ${unitPrice} | ${lineTotal} |`,
      ),
    ].join('\n'),
  );
}

/** What the Web UI shows of a standalone reservation. */
export function describeReservation({ id, productId, quantity, endedAs, expiresAt }: Reservation): void {
  const state = endedAs ?? `held until ${expiresAt}`;
  setCurrentDetails(`**Reservation ${id}**: ${quantity} units of product ${productId}, **${state}**`);
}

/** What the Web UI shows of a return. */
export function describeReturn({ id, orderId, line, quantity, warehouse, reason }: Return): void {
  const where = warehouse === null ? 'not to be sold again' : `back in ${warehouse}`;
  setCurrentDetails(
    `**Return ${id}**: ${quantity} units of line ${line} of order ${orderId}, **${where}** (${reason})`,
  );
}
