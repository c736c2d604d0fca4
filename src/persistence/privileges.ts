/** The processes that have a role of their own in the database. */
export const databaseRoles = ['api', 'worker'] as const;

export type DatabaseRole = (typeof databaseRoles)[number];

/** The columns that a verb is granted on; `all` is the table, whatever columns it gets. */
type Columns = 'all' | readonly string[];

/** What a role may do to a table. What is absent it may not. */
interface TablePrivileges {
  readonly select?: true;
  readonly insert?: Columns;
  readonly update?: Columns;
  readonly delete?: true;
}

const read = { select: true } as const;

/** Ids, times and transactions are the database's: nobody dates an entry back, or speaks in the name of another transaction. */
const addEntries = {
  select: true,
  insert: [
    'actor',
    'on_behalf_of',
    'action',
    'object_type',
    'object_id',
    'old_value',
    'new_value',
    'request_id',
    'workflow_id',
  ],
} as const;

const addMovements = {
  select: true,
  insert: [
    ...['product_id', 'warehouse_id', 'type', 'total', 'available', 'reserved'],
    ...['total_after', 'available_after', 'reserved_after'],
    ...['order_id', 'reservation_id', 'transfer_id', 'return_id', 'actor', 'reason', 'request_id', 'workflow_id'],
  ],
} as const;

/**
 * What each role may do to each table of the schema, those that it may not touch among them. The owner, who migrates, may do everything.
 * To lock a row, a role needs UPDATE of some column.
 */
export const tablePrivileges: Readonly<Record<string, Readonly<Record<DatabaseRole, TablePrivileges>>>> = {
  products: {
    api: {
      select: true,
      insert: ['id', 'sku', 'name', 'price_minor', 'low_stock_threshold'],
      update: ['name', 'price_minor', 'active', 'low_stock_threshold', 'updated_at'],
    },
    // For its lock, which guards all stock of a product.
    worker: { select: true, update: ['updated_at'] },
  },
  warehouses: {
    api: {
      select: true,
      insert: ['id', 'code', 'name', 'region', 'priority', 'active'],
      update: ['name', 'region', 'priority', 'active', 'updated_at'],
    },
    worker: read,
  },
  stock_levels: {
    // Units are counted and moved between warehouses, never earmarked.
    api: {
      select: true,
      insert: ['product_id', 'warehouse_id', 'total', 'available'],
      update: ['total', 'available'],
    },
    worker: { select: true, insert: 'all', update: ['total', 'available', 'reserved'] },
  },
  stock_movements: { api: addMovements, worker: addMovements },
  orders: {
    api: read,
    worker: {
      select: true,
      insert: 'all',
      update: [
        ...['status', 'cancel_reason', 'expires_at', 'updated_at'],
        ...['quantity', 'total_minor', 'reference', 'rescued_from'],
      ],
    },
  },
  order_lines: {
    api: read,
    worker: { select: true, insert: 'all', update: ['quantity', 'unit_price_minor'] },
  },
  reservations: {
    api: read,
    worker: {
      select: true,
      insert: 'all',
      update: ['quantity', 'expires_at', 'extended_seconds', 'held_by', 'ended_as'],
    },
  },
  reservation_allocations: {
    api: read,
    worker: { select: true, insert: 'all', update: ['quantity'], delete: true },
  },
  waiting_list: {
    api: read,
    worker: { select: true, insert: 'all', update: ['product_id', 'quantity', 'ended_as'] },
  },
  returns: {
    api: read,
    worker: {
      select: true,
      insert: 'all',
      update: ['order_id', 'line', 'quantity', 'restock', 'warehouse_id', 'reason'],
    },
  },
  refusals: {
    // To look whether the books agree.
    api: read,
    worker: { select: true, insert: 'all', delete: true },
  },
  audit_log: { api: addEntries, worker: addEntries },
  idempotency_keys: {
    api: { select: true, insert: ['id', 'fingerprint'], update: ['answer'] },
    // It notes those of steps, and forgets them.
    worker: { select: true, insert: ['id', 'fingerprint'], delete: true },
  },
  api_keys: {
    api: {
      select: true,
      insert: ['id', 'name', 'role', 'hash', 'created_by', 'expires_at'],
      update: ['revoked_at'],
    },
    worker: {},
  },
  rate_limits: {
    api: { select: true, insert: 'all', update: ['points', 'expire'], delete: true },
    worker: {},
  },
  knex_migrations: { api: read, worker: read },
  knex_migrations_lock: { api: {}, worker: {} },
};

/** Sequences that a role takes numbers from by name; those of identity columns need no grant for an INSERT. */
export const sequencePrivileges: Readonly<Record<string, readonly DatabaseRole[]>> = {
  // A repair gives an order that lost its place the end of the list.
  waiting_list_place_seq: ['worker'],
};

/** One thing that a role may do: to a table, or to a column of it. */
export interface Grant {
  readonly object: string;
  readonly verb: 'SELECT' | 'INSERT' | 'UPDATE' | 'DELETE' | 'USAGE';
  /** Null for the whole of it. */
  readonly column: string | null;
}

/** Everything that a role may do, one by one. */
export function grantsOf(role: DatabaseRole): Grant[] {
  const ofTables = Object.entries(tablePrivileges).flatMap(([object, roles]) => {
    const { select, insert, update, delete: remove } = roles[role];
    return [
      ...(select ? [{ object, verb: 'SELECT', column: null } as const] : []),
      ...onColumns(object, 'INSERT', insert),
      ...onColumns(object, 'UPDATE', update),
      ...(remove ? [{ object, verb: 'DELETE', column: null } as const] : []),
    ];
  });
  const ofSequences = Object.entries(sequencePrivileges)
    .filter(([, roles]) => roles.includes(role))
    .map(([object]) => ({ object, verb: 'USAGE', column: null }) as const);
  return [...ofTables, ...ofSequences];
}

function onColumns(object: string, verb: 'INSERT' | 'UPDATE', columns: Columns = []): Grant[] {
  return columns === 'all'
    ? [{ object, verb, column: null }]
    : columns.map((column) => ({ object, verb, column }) as const);
}
