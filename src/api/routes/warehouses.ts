import { v7 as uuidv7 } from 'uuid';
import { notFound } from '../../domain/errors.ts';
import { listWarehouses, readWarehouse } from '../../persistence/warehouses.ts';
import { warehouseAddress } from '../addresses.ts';
import { positions } from '../cursor.ts';
import { defined } from '../defined.ts';
import { answerPage } from '../pages.ts';
import { remember } from '../remember.ts';
import { causeOf, defineRoute, linksByCode, type Route } from '../route.ts';
import {
  newWarehouse,
  presentWarehouse,
  warehouse,
  warehouseChanges,
  warehousePath,
  warehouseQuery,
} from '../schemas/warehouses.ts';
import { wakeAfterwards } from '../wake-afterwards.ts';
import { changeWarehouse, createWarehouse } from '../warehouses.ts';

const list = defineRoute({
  method: 'GET',
  path: '/api/warehouses/',
  operationId: 'listWarehouses',
  access: 'viewer',
  tag: 'warehouses',
  summary: 'List warehouses in the order in which they are used',
  query: warehouseQuery,
  responses: { 200: { description: 'A page of warehouses', items: warehouse } },
  problems: ['validation-failed'],
  handle: ({ query }, { db }) =>
    answerPage(
      { list: 'warehouses', query, position: positions.priority },
      (page) => listWarehouses(db, defined({ active: query.active }), page),
      presentWarehouse,
    ),
});

const create = defineRoute({
  method: 'POST',
  path: '/api/warehouses/',
  operationId: 'createWarehouse',
  access: 'admin',
  tag: 'warehouses',
  summary: 'Create a warehouse',
  body: newWarehouse,
  responses: {
    201: { description: 'The warehouse', data: warehouse, links: linksByCode('getWarehouse', 'changeWarehouse') },
  },
  problems: ['validation-failed', 'code-taken', 'idempotency-key-reused'],
  handle: (request, { db }) =>
    remember(db, request.attempt, async (db) => {
      const { region = null, ...fields } = request.body;
      const created = await createWarehouse(db, { id: uuidv7(), region, ...fields }, causeOf(request));
      const headers = { Location: warehouseAddress(created.code) };
      return { status: 201, headers, data: presentWarehouse(created) };
    }),
});

const read = defineRoute({
  method: 'GET',
  path: '/api/warehouses/{code}/',
  operationId: 'getWarehouse',
  access: 'viewer',
  tag: 'warehouses',
  summary: 'Read a warehouse',
  params: warehousePath,
  responses: { 200: { description: 'The warehouse', data: warehouse } },
  problems: ['not-found'],
  handle: async ({ params: { code } }, { db }) => {
    const found = await readWarehouse(db, code);
    if (!found) throw notFound('Warehouse', code);
    return { status: 200, data: presentWarehouse(found) };
  },
});

const change = defineRoute({
  method: 'PATCH',
  path: '/api/warehouses/{code}/',
  operationId: 'changeWarehouse',
  access: 'admin',
  tag: 'warehouses',
  summary: 'Change name, region, priority or activity of a warehouse',
  params: warehousePath,
  body: warehouseChanges,
  responses: { 200: { description: 'The warehouse after the change', data: warehouse } },
  problems: ['validation-failed', 'not-found', 'default-warehouse'],
  handle: (request, { db, wake }) =>
    wakeAfterwards(wake, async (noting) => {
      const changing = changeWarehouse(db, request.params.code, defined(request.body), causeOf(request));
      return { status: 200, data: presentWarehouse(noting(await changing)) };
    }),
});

export const warehouseRoutes: readonly Route[] = [list, create, read, change];
