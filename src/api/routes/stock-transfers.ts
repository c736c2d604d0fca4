import { v7 as uuidv7 } from 'uuid';
import { notFound } from '../../domain/errors.ts';
import { readTransfer } from '../../persistence/stock-transfers.ts';
import { transferAddress } from '../addresses.ts';
import { remember } from '../remember.ts';
import { causeOf, defineRoute, linksById, type Route } from '../route.ts';
import { newTransfer, presentTransfer, transfer, transferPath } from '../schemas/stock-transfers.ts';
import { transferStock } from '../stock.ts';
import { wakeAfterwards } from '../wake-afterwards.ts';

const create = defineRoute({
  method: 'POST',
  path: '/api/stock-transfers/',
  operationId: 'transferStock',
  access: 'admin',
  tag: 'warehouses',
  summary: 'Move available units of a product from one warehouse to another',
  body: newTransfer,
  responses: { 201: { description: 'The transfer', data: transfer, links: linksById('getTransfer') } },
  problems: ['validation-failed', 'not-found', 'stock-conflict', 'idempotency-key-reused'],
  handle: (request, { db, wake }) =>
    wakeAfterwards(wake, (noting) =>
      remember(db, request.attempt, async (db) => {
        const { product_id: productId, from, to, quantity, reason } = request.body;
        const asked = { id: uuidv7(), productId, from, to, quantity, reason };
        const made = noting(await transferStock(db, asked, causeOf(request)));
        return { status: 201, headers: { Location: transferAddress(made.id) }, data: presentTransfer(made) };
      }),
    ),
});

const read = defineRoute({
  method: 'GET',
  path: '/api/stock-transfers/{id}/',
  operationId: 'getTransfer',
  access: 'viewer',
  tag: 'warehouses',
  summary: 'Read a transfer',
  params: transferPath,
  responses: { 200: { description: 'The transfer', data: transfer } },
  problems: ['not-found'],
  handle: async ({ params: { id } }, { db }) => {
    const found = await readTransfer(db, id);
    if (!found) throw notFound('Transfer', id);
    return { status: 200, data: presentTransfer(found) };
  },
});

export const transferRoutes: readonly Route[] = [create, read];
