import type { z } from 'zod';
import { problemBody, ProblemError, type ProblemCode } from '../problems.ts';
import { accepted, type Accepted } from '../schemas/accepted.ts';
import { auditEntry } from '../schemas/audit-log.ts';
import { fulfilmentPlans, newFulfilmentPlan } from '../schemas/fulfilment-plans.ts';
import { lastLook, startedLook, verified } from '../schemas/findings.ts';
import { liveness, readiness } from '../schemas/health.ts';
import { newExtension, orderExtension, reservationExtension } from '../schemas/extensions.ts';
import { apiKey, createdKey, newKey } from '../schemas/keys.ts';
import { acceptedOrder, newOrder, order, transition } from '../schemas/orders.ts';
import { overview } from '../schemas/overview.ts';
import { newProduct, product, productChanges, stockAdjustment } from '../schemas/products.ts';
import { acceptedReservation, newReservation, reservation } from '../schemas/reservations.ts';
import { newTransfer, transfer } from '../schemas/stock-transfers.ts';
import { system } from '../schemas/system.ts';
import { newWarehouse, warehouse, warehouseChanges } from '../schemas/warehouses.ts';
import { levelResults, stockLevelList } from '../schemas/stock-levels.ts';
import { acceptedReturn, newReturn, orderReturn } from '../schemas/returns.ts';
import { explanation, type movement } from '../schemas/stock-explanation.ts';
import { orderMovement } from '../schemas/order-movements.ts';
import { waitingList, waitingOrder as queuedOrder } from '../schemas/waiting-list.ts';
import { newSession, session, signedIn } from '../schemas/session.ts';

export const exampleRequestId = '6f1c2a52-8f35-4c0e-9d7e-2f6b3f1a9c11';

const productId = '01985b3e-7a10-7c3e-8f5a-0d2a6c1e4b01';
const orderId = '01985b3e-9c42-7f10-a2b7-51c9d3e80f02';
const at = '2026-03-01T09:30:00.000Z';
const until = '2026-03-01T09:40:00.000Z';

const lamp: z.output<typeof product> = {
  id: productId,
  sku: 'LAMP-1',
  name: 'Desk lamp',
  price: '12.50',
  currency: 'EUR',
  active: true,
  total_stock: 100,
  available_stock: 98,
  reserved_stock: 2,
  stock: [
    { warehouse: 'MAIN', total: 60, available: 58, reserved: 2 },
    { warehouse: 'HAM', total: 40, available: 40, reserved: 0 },
  ],
  created_at: at,
  updated_at: at,
  low_stock_threshold: 10,
};

const hamburg: z.output<typeof warehouse> = {
  code: 'HAM',
  name: 'Hamburg',
  region: 'north',
  priority: 200,
  active: true,
  created_at: at,
  updated_at: at,
};

const moved: z.output<typeof transfer> = {
  id: '01985b40-11c2-7b64-9d3a-7e5f0c9b1a04',
  product_id: productId,
  from: 'MAIN',
  to: 'HAM',
  quantity: 20,
  reason: 'closer to the buyers',
  actor: 'anna',
  created_at: at,
};

const held: z.output<typeof reservation> = {
  id: '8d7f3c1a-6f0b-5a52-9c46-2c1f6a0b7e03',
  order_id: orderId,
  product_id: productId,
  quantity: 2,
  expires_at: until,
  is_active: true,
  confirmed: false,
  ended_as: null,
  extended_seconds: 0,
  allocations: [{ warehouse: 'MAIN', quantity: 2 }],
  created_at: at,
};

const later = { expires_at: '2026-03-01T09:45:00.000Z', extended_seconds: 300 };

const placed: z.output<typeof order> = {
  id: orderId,
  status: 'pending',
  reference: 'cart-17',
  quantity: 2,
  total: '25.00',
  currency: 'EUR',
  allocation: 'priority',
  region: null,
  lines: [
    {
      line: 1,
      product: { id: productId, sku: 'LAMP-1', name: 'Desk lamp' },
      quantity: 2,
      ordered_quantity: 2,
      reserved_quantity: 2,
      returned: 0,
      unit_price: '12.50',
      line_total: '25.00',
    },
  ],
  reservations: [held],
  cancel_reason: null,
  placed_by: 'anna',
  on_shortage: 'reject',
  waiting: null,
  rescued_from: null,
  rescued_by: null,
  expires_at: until,
  created_at: at,
  updated_at: at,
  workflow_id: `order-${orderId}`,
};

const webShop: z.output<typeof apiKey> = {
  id: 'k3v9q2x7m4ta',
  name: 'web-shop',
  role: 'operator',
  created_by: 'cli:anna',
  created_at: at,
  expires_at: null,
  revoked_at: null,
};

const entry: z.output<typeof auditEntry> = {
  id: '17',
  actor: 'key:web-shop',
  on_behalf_of: 'anna',
  action: 'ORDER_CREATED',
  object_type: 'Order',
  object_id: orderId,
  old_value: null,
  new_value: { status: 'pending', total: '25.00' },
  timestamp: at,
  request_id: exampleRequestId,
  workflow_id: `order-${orderId}`,
};

const planned: z.output<typeof fulfilmentPlans> = {
  region: null,
  plans: [
    {
      allocation: 'priority',
      possible: true,
      warehouses: 2,
      lines: [
        {
          product_id: productId,
          sku: 'LAMP-1',
          quantity: 5,
          allocations: [
            { warehouse: 'MAIN', quantity: 3 },
            { warehouse: 'HAM', quantity: 2 },
          ],
        },
      ],
      shortages: [],
      passed_over: [
        {
          warehouse: 'MUC',
          reason: 'not-needed',
          detail: 'Warehouses that come before it have enough of what it holds.',
        },
      ],
    },
    {
      allocation: 'single',
      possible: false,
      warehouses: 0,
      lines: [{ product_id: productId, sku: 'LAMP-1', quantity: 5, allocations: [] }],
      shortages: [{ product_id: productId, sku: 'LAMP-1', requested: 5, available: 4 }],
      passed_over: [
        { warehouse: 'MAIN', reason: 'not-enough', detail: 'MAIN lacks 2 of LAMP-1.' },
        { warehouse: 'HAM', reason: 'not-enough', detail: 'HAM lacks 1 of LAMP-1.' },
        { warehouse: 'MUC', reason: 'not-enough', detail: 'MUC lacks 1 of LAMP-1.' },
      ],
    },
  ],
};

const movedForIt: z.output<typeof movement> = {
  id: '23',
  at,
  type: 'reserved',
  warehouse: 'MAIN',
  change: { total: 0, available: -2, reserved: 2 },
  balance: { total: 60, available: 58, reserved: 2 },
  cause: { type: 'order', id: orderId, reservation_id: held.id },
  actor: 'anna',
  reason: null,
  request_id: exampleRequestId,
  workflow_id: `order-${orderId}`,
  workflow_url: `http://127.0.0.1:8233/namespaces/default/workflows/order-${orderId}`,
};

const explained: z.output<typeof explanation> = {
  product: { id: productId, sku: 'LAMP-1', name: 'Desk lamp' },
  warehouse: null,
  at: null,
  since: at,
  figures: { total: 100, available: 98, reserved: 2 },
  movements: [{ ...movedForIt, balance: { total: 100, available: 98, reserved: 2 } }],
};

const returnId = '01985c77-2b10-7d21-b3c4-6a0f1e9d5c04';

const returned: z.output<typeof orderReturn> = {
  id: returnId,
  order_id: orderId,
  line: 1,
  product_id: productId,
  quantity: 1,
  restock: true,
  warehouse: 'MAIN',
  reason: 'wrong colour',
  returned_by: 'anna',
  created_at: at,
  workflow_id: `return-${returnId}`,
};

const waitingOrder = acceptedOrder(orderId);

const reservationId = '01985b42-3e90-7a58-8c1f-4b7d2e6f9a05';

/** By operation: what is waited for is not the same everywhere. */
const waiting: Readonly<Record<string, Accepted>> = {
  createOrder: waitingOrder,
  getOrder: waitingOrder,
  transitionOrder: waitingOrder,
  createReservation: acceptedReservation(reservationId),
  getReservation: acceptedReservation(reservationId),
  createOrderReturn: acceptedReturn(returnId),
  getOrderReturn: acceptedReturn(returnId),
};

const listed: z.output<typeof levelResults> = {
  rows: 2,
  applied: 1,
  unchanged: 0,
  refused: 1,
  results: [
    {
      row: 0,
      sku: 'LAMP-1',
      warehouse: 'MAIN',
      outcome: 'applied',
      total: 120,
      available: 118,
      reserved: 2,
      problem: null,
    },
    {
      row: 1,
      sku: 'CHAIR-1',
      warehouse: 'EAST-1',
      outcome: 'refused',
      total: 3,
      available: 2,
      reserved: 1,
      problem: {
        code: 'stock-conflict',
        detail: 'EAST-1 has 2 units available of 3 (1 reserved): it cannot change by -3.',
      },
    },
  ],
};

const chair = {
  id: '01985b3e-7a10-7c3e-8f5a-0d2a6c1e4b07',
  sku: 'CHAIR-1',
  name: 'Chair',
  reserved_stock: 0,
  low_stock_threshold: null,
};

const table = {
  id: '01985b3e-7a10-7c3e-8f5a-0d2a6c1e4b08',
  sku: 'TABLE-1',
  name: 'Table',
  reserved_stock: 0,
  low_stock_threshold: 5,
};

const overviewed: z.output<typeof overview> = {
  now: at,
  orders: { pending: 1, waiting: 2, confirmed: 14, processing: 3, shipped: 5, delivered: 1204, cancelled: 61 },
  stock: { total: 103, available: 101, reserved: 2 },
  products: { total: 4, active: 3 },
  ending_soon: {
    count: 1,
    holds: [
      {
        reservation_id: held.id,
        order_id: orderId,
        reference: 'cart-17',
        product: { id: productId, sku: 'LAMP-1', name: 'Desk lamp' },
        quantity: 2,
        expires_at: until,
        held_by: 'anna',
      },
    ],
  },
  sold_out: { count: 1, products: [{ ...chair, available_stock: 0 }] },
  low: { count: 1, products: [{ ...table, available_stock: 3 }] },
  waiting_lists: { count: 2, units: 5 },
  activity: {
    bucket_seconds: 1800,
    from: '2026-02-28T10:00:00.000Z',
    buckets: [{ at: '2026-02-28T10:00:00.000Z', placed: 12, confirmed: 10, expired: 1, cancelled: 1 }],
  },
};

const up = { status: 'up', detail: null } as const;

const looking = {
  workflow_id: 'earmark-reconcile-2026-03-01T10:00:00Z',
  workflow_url: 'http://127.0.0.1:8233/namespaces/default/workflows/earmark-reconcile-2026-03-01T10%3A00%3A00Z',
};

const found: Pick<z.output<typeof verified>, 'checked' | 'counts' | 'findings'> = {
  checked: { orders: 1200, reservations: 1350, stock_levels: 80 },
  counts: { 'stock-log': 1 },
  findings: [
    {
      kind: 'stock-log',
      object_type: 'StockLevel',
      object_id: `${productId}/MAIN`,
      detail:
        `Stock level ${productId}/MAIN has total 65 (63 available, 2 reserved); its audit entries add up to ` +
        'total 60 (58 available, 2 reserved).',
      expected: { total: 60, available: 58, reserved: 2 },
      found: { total: 65, available: 63, reserved: 2 },
    },
  ],
};

const asked: z.output<typeof system> = {
  version: '1.0.0',
  now: until,
  dependencies: { database: up, temporal: up },
  task_queue: 'earmark',
  workers: [{ identity: '4711@shop-1', last_seen: '2026-03-01T09:39:42.000Z', kinds: ['workflow', 'activity'] }],
  backlog: { workflow: 0, activity: 0 },
  schedules: [
    {
      id: 'earmark-reconcile',
      note: null,
      next_run: '2026-03-01T10:00:00.000Z',
      last_run: { started_at: '2026-03-01T09:00:00.000Z', status: 'completed' },
      paused: false,
    },
  ],
};

const answers = new Map<z.ZodType, unknown>([
  [product, lamp],
  [warehouse, hamburg],
  [transfer, moved],
  [apiKey, webShop],
  [createdKey, { ...webShop, key: 'earmark_k3v9q2x7m4ta_…' }],
  [signedIn, { access: 'credentials', actor: 'key:web-shop', role: 'operator' }],
  [
    session,
    {
      access: 'credentials',
      actor: 'key:web-shop',
      role: 'operator',
      temporal_ui_url: 'http://localhost:8233',
      namespace: 'default',
      currency: 'EUR',
      hold_seconds: 600,
    },
  ],
  [order, placed],
  [reservation, held],
  [
    orderExtension,
    { seconds_left: 900, order: { ...placed, expires_at: later.expires_at, reservations: [{ ...held, ...later }] } },
  ],
  [reservationExtension, { seconds_left: 900, reservation: { ...held, order_id: null, ...later } }],
  [orderReturn, returned],
  [auditEntry, entry],
  [fulfilmentPlans, planned],
  [explanation, explained],
  [
    queuedOrder,
    {
      position: 1,
      order_id: orderId,
      quantity: 2,
      placed_by: 'anna',
      joined_at: at,
      until: '2026-03-01T10:30:00.000Z',
    },
  ],
  [overview, overviewed],
  [orderMovement, { ...movedForIt, product: { id: productId, sku: 'LAMP-1', name: 'Desk lamp' } }],
  [
    waitingList,
    {
      product: { id: productId, sku: 'LAMP-1', name: 'Desk lamp', active: true },
      available_stock: 0,
      orders: 3,
      units: 5,
      first: { order_id: orderId, quantity: 2, until: '2026-03-01T10:30:00.000Z', joined_at: at },
    },
  ],
  [levelResults, listed],
  [system, asked],
  [lastLook, { last_look: { ...looking, started_at: at, closed_at: until, status: 'completed', ...found } }],
  [startedLook, looking],
  [verified, { started_at: at, ...found }],
  [liveness, { status: 'alive' }],
  [readiness, { status: 'ready', dependencies: { database: up, temporal: up } }],
]);

const bodies = new Map<z.ZodType, Readonly<Record<string, unknown>>>([
  [
    newProduct,
    {
      product: { name: 'Desk lamp', price: '12.50', total_stock: 100, sku: 'LAMP-1', low_stock_threshold: 10 },
      'in several warehouses': {
        name: 'Desk lamp',
        price: '12.50',
        stock: [
          { warehouse: 'MAIN', quantity: 60 },
          { warehouse: 'HAM', quantity: 40 },
        ],
      },
    },
  ],
  [
    stockLevelList,
    {
      count: [
        { sku: 'LAMP-1', set_to: 120, reason: 'yearly count' },
        { sku: 'CHAIR-1', warehouse: 'EAST-1', delta: -3, reason: 'broken' },
      ],
    },
  ],
  [
    productChanges,
    { price: { price: '13.00' }, withdrawn: { active: false }, 'no threshold': { low_stock_threshold: null } },
  ],
  [
    stockAdjustment,
    {
      delivery: { delta: 50, reason: 'delivery 4711' },
      loss: { delta: -1, reason: 'broken', warehouse: 'HAM' },
      count: { set_to: 97, expected: 100, reason: 'counted', warehouse: 'MAIN' },
    },
  ],
  [newKey, { key: { name: 'web-shop', role: 'operator' } }],
  [newSession, { key: { key: 'earmark_k3v9q2x7m4ta_…' } }],
  [newWarehouse, { warehouse: { code: 'HAM', name: 'Hamburg', region: 'north', priority: 200 } }],
  [warehouseChanges, { priority: { priority: 50 }, closed: { active: false }, 'no region': { region: null } }],
  [
    newTransfer,
    { transfer: { product_id: productId, from: 'MAIN', to: 'HAM', quantity: 20, reason: 'closer to the buyers' } },
  ],
  [
    newOrder,
    {
      'one product': { product_id: productId, quantity: 2, reference: 'cart-17' },
      'several items': { items: [{ product_id: productId, quantity: 2 }], hold_seconds: 600 },
      'from one region first': { product_id: productId, quantity: 2, allocation: 'nearest', region: 'north' },
      'what there is': { items: [{ product_id: productId, quantity: 200 }], on_shortage: 'partial' },
      'or wait for it': { product_id: productId, quantity: 200, on_shortage: 'wait', wait_seconds: 7200 },
    },
  ],
  [
    transition,
    { confirm: { new_status: 'confirmed' }, cancel: { new_status: 'cancelled', reason: 'changed their mind' } },
  ],
  [newExtension, { extension: { seconds: 300, reason: 'waits for the bank' } }],
  [newFulfilmentPlan, { plan: { items: [{ product_id: productId, quantity: 5 }], region: 'north' } }],
  [
    newReturn,
    {
      'to be sold again': { line: 1, quantity: 1, restock: true, reason: 'wrong colour' },
      'beyond use': { line: 1, quantity: 1, restock: false, reason: 'broken' },
    },
  ],
  [newReservation, { reservation: { product_id: productId, quantity: 2, hold_seconds: 600 } }],
]);

/** The same bodies as CSV, where a route takes that. */
const tables = new Map<z.ZodType, Readonly<Record<string, string>>>([
  [
    stockLevelList,
    { count: 'sku,warehouse,set_to,delta,reason\nLAMP-1,,120,,yearly count\nCHAIR-1,EAST-1,,-3,broken\n' },
  ],
]);

const problemMembers: { readonly [Code in ProblemCode]?: Readonly<Record<string, unknown>> } = {
  'validation-failed': {
    errors: [{ path: '/items/0/quantity', message: 'must be a whole number from 1 to 1,000,000' }],
  },
  forbidden: { needed: 'admin', role: 'operator' },
  'insufficient-stock': { shortages: [{ product_id: productId, sku: 'LAMP-1', requested: 200, available: 98 }] },
  'not-reserved': { order_id: orderId, until },
  'limit-exceeded': { limit: 'held-units', allowed: 7, left: 2 },
  'invalid-transition': { from: 'cancelled', to: 'confirmed', allowed: [] },
  'reservation-ended': { ended_as: 'expired' },
  'reservation-expired': {
    order_id: orderId,
    expired_at: '2026-11-21T09:40:00.000Z',
    refund: '25.00',
    shortages: [{ product_id: productId, sku: 'LAMP-1', requested: 2, available: 1 }],
  },
  'belongs-to-order': { order_id: orderId },
  'sku-taken': { sku: 'LAMP-1' },
  'stock-conflict': { total: 100, reserved: 2, delta: -99, warehouse: 'MAIN' },
  'stock-moved': { warehouse: 'MAIN', expected: 100, total: 97 },
  'code-taken': { warehouse: 'HAM' },
  'default-warehouse': { warehouse: 'MAIN' },
  'not-delivered': { order_id: orderId, order_status: 'shipped' },
  'return-exceeds-delivery': { line: 1, delivered: 2, returned: 1, requested: 2 },
  'product-inactive': { product_id: productId, sku: 'LAMP-1' },
};

/**
 * An example of what a schema of an answer describes.
 * @param operationId of what answers so
 * @throws Error when there is none: every answer in the document has one
 */
export function exampleOf(schema: z.ZodType, operationId: string): unknown {
  const example = schema === accepted ? waiting[operationId] : answers.get(schema);
  if (example === undefined) throw new Error(`An answer of ${operationId} has no example in openapi/examples.ts`);
  return example;
}

/** Examples of a request body by name. */
export function bodyExamples(schema: z.ZodType): Record<string, { readonly value: unknown }> {
  return named(bodies.get(schema));
}

/** Examples by name of a request body that is a table, as CSV. */
export function tableExamples(schema: z.ZodType): Record<string, { readonly value: unknown }> {
  return named(tables.get(schema));
}

function named(examples: Readonly<Record<string, unknown>> | undefined): Record<string, { readonly value: unknown }> {
  if (!examples) throw new Error('A request body has no example in openapi/examples.ts');
  return Object.fromEntries(Object.entries(examples).map(([name, value]) => [name.replaceAll(' ', '-'), { value }]));
}

/** A problem as the API would answer with it. */
export function problemExample(code: ProblemCode): Record<string, unknown> {
  const members = problemMembers[code] ?? {};
  return problemBody(new ProblemError(code, 'What went wrong, in a sentence.', { members }), exampleRequestId);
}
