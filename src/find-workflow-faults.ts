import type { Client } from '@temporalio/client';
import type { Knex } from 'knex';
import type { Finding, FindingKind } from './domain/finding.ts';
import { inParallel } from './in-parallel.ts';
import { owningWorkflow } from './owning-workflow.ts';
import type { Page, PageRequest, Position } from './persistence/keyset.ts';
import {
  listOpenOrders,
  listOpenReservations,
  listOverdueWaits,
  readEndedOrders,
  readEndedReservations,
  readOpenOrders,
  readOpenReservations,
  readOverdue,
  readOverdueWaits,
} from './persistence/open-work.ts';
import { listOverdue, type Holder } from './persistence/reservations.ts';
import { orderWorkflowId, reservationWorkflowId } from './workflows/messages.ts';

/** A finding about the workflow that owns, or should own, an order or a standalone reservation. */
export interface WorkflowFault {
  readonly finding: Finding;
  readonly holder: Holder;
}

export interface FaultSearch {
  readonly db: Knex;
  readonly client: Client;
  /** How long something must have been overdue, or have ended, in seconds: until then its workflow may still be at it. */
  readonly graceSeconds: number;
  /**
   * Believes the server's list of running workflows instead of asking about the workflow of everything that is open. Cheap, for what
   * runs again and again; but the list may name, for a moment or for good, a workflow that was deleted.
   */
  readonly trustList?: boolean;
  /** Ids for which there is no such grace, since a repair has changed them behind their workflow's back. */
  readonly changed?: ReadonlySet<string>;
}

/** Rows, or workflows, looked at in one go. */
const batch = 1_000;

/** What differs between orders and standalone reservations. */
const families = {
  Order: {
    holderOf: (orderId: string): Holder => ({ orderId }),
    workflowIdOf: orderWorkflowId,
    listOpen: listOpenOrders,
    readOpen: async (db: Knex, ids: readonly string[]) => (await readOpenOrders(db, ids)).map(({ id }) => id),
    readEnded: readEndedOrders,
    lost: 'order-without-workflow',
    left: 'workflow-on-ended-order',
  },
  Reservation: {
    holderOf: (reservationId: string): Holder => ({ reservationId }),
    workflowIdOf: reservationWorkflowId,
    listOpen: listOpenReservations,
    readOpen: async (db: Knex, ids: readonly string[]) => (await readOpenReservations(db, ids)).map(({ id }) => id),
    readEnded: readEndedReservations,
    lost: 'reservation-without-workflow',
    left: 'workflow-on-ended-reservation',
  },
} as const satisfies Record<string, object>;

type FamilyName = keyof typeof families;

/**
 * Compares the database with Temporal: what is open and has no workflow, workflows of what has ended, and holds and waits that
 * are overdue although their workflow is open. The list of running workflows may lag behind, so nothing is a finding until its workflow was described,
 * and its row read again after that. Returns need none of this: one without a workflow is there or never happened, and one that is there
 * and has an open workflow is about to be over.
 * @throws when Temporal does not answer: that is not "gone"
 */
export async function findWorkflowFaults(search: FaultSearch): Promise<WorkflowFault[]> {
  const faults: WorkflowFault[] = [];
  for (const name of Object.keys(families) as FamilyName[]) {
    const running = await listRunning(search.client, name);
    for (const fault of await findLost(search, name, running)) faults.push(fault);
    for (const fault of await findLeft(search, name, running)) faults.push(fault);
  }
  for (const fault of await findOverdue(search)) faults.push(fault);
  for (const fault of await findOverdueWaits(search)) faults.push(fault);
  return faults;
}

/** The ids of orders, or of reservations, whose workflows the server lists as running. */
async function listRunning(client: Client, name: FamilyName): Promise<Set<string>> {
  const ids = new Set<string>();
  const prefix = families[name].workflowIdOf('');
  const query = `ExecutionStatus = "Running" AND WorkflowType = "${name.toLowerCase()}"`;
  for await (const { workflowId } of client.workflow.list({ query, pageSize: batch })) {
    const id = workflowId.slice(prefix.length);
    // Anybody may start a workflow under any name.
    if (workflowId.startsWith(prefix) && /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/.test(id)) ids.add(id);
  }
  return ids;
}

async function findLost(
  { db, client, trustList = false }: FaultSearch,
  name: FamilyName,
  running: ReadonlySet<string>,
): Promise<WorkflowFault[]> {
  const { listOpen, readOpen, holderOf, lost } = families[name];
  const faults: WorkflowFault[] = [];
  for await (const ids of pages((page) => listOpen(db, page))) {
    const asked = trustList ? ids.filter((id) => !running.has(id)) : ids;
    const states = await inParallel(asked, async (id) => (await owningWorkflow(client, holderOf(id))).state);
    const suspects = new Map(asked.map((id, index) => [id, states[index]]));
    // Read again: what has ended in the meantime has rightly no workflow any more.
    for (const id of await readOpen(
      db,
      asked.filter((id) => suspects.get(id) !== 'open'),
    )) {
      const detail = `is open and its workflow is ${suspects.get(id)}: nothing will move it or end its hold`;
      faults.push(faultOf(name, lost, id, detail, 'open', suspects.get(id) ?? 'gone'));
    }
  }
  return faults;
}

async function findLeft(
  { db, client, graceSeconds, changed = new Set() }: FaultSearch,
  name: FamilyName,
  running: ReadonlySet<string>,
): Promise<WorkflowFault[]> {
  const { readEnded, holderOf, left } = families[name];
  const ids = Array.from(running);
  const ended: string[] = [];
  for (let from = 0; from < ids.length; from += batch) {
    const some = ids.slice(from, from + batch);
    const atOnce = some.filter((id) => changed.has(id));
    for (const id of await readEnded(db, some, graceSeconds, atOnce)) ended.push(id);
  }
  const states = await inParallel(ended, async (id) => (await owningWorkflow(client, holderOf(id))).state);
  return ended
    .filter((_, index) => states[index] === 'open')
    .map((id) => faultOf(name, left, id, 'has ended and its workflow is still open', 'closed', 'open'));
}

async function findOverdue({ db, client, graceSeconds }: FaultSearch): Promise<WorkflowFault[]> {
  const faults = new Map<string, WorkflowFault>();
  for await (const overdue of pages((page) => listOverdue(db, graceSeconds, page))) {
    const states = await inParallel(overdue, ({ id, orderId }) =>
      owningWorkflow(client, orderId === null ? { reservationId: id } : { orderId }),
    );
    const open = overdue.filter((_, index) => states[index]?.state === 'open');
    const still = new Set(
      await readOverdue(
        db,
        open.map(({ id }) => id),
        graceSeconds,
      ),
    );
    for (const { id, orderId } of open.filter(({ id }) => still.has(id))) {
      const [name, owner] = orderId === null ? (['Reservation', id] as const) : (['Order', orderId] as const);
      const detail = `has held its units for more than ${graceSeconds} s longer than it should, although its workflow is open`;
      faults.set(owner, faultOf(name, 'hold-overdue', owner, detail, 'hold ended', 'hold overdue'));
    }
  }
  return Array.from(faults.values());
}

async function findOverdueWaits({ db, client, graceSeconds }: FaultSearch): Promise<WorkflowFault[]> {
  const faults: WorkflowFault[] = [];
  for await (const overdue of pages((page) => listOverdueWaits(db, graceSeconds, page))) {
    const states = await inParallel(overdue, (orderId) => owningWorkflow(client, { orderId }));
    const open = overdue.filter((_, index) => states[index]?.state === 'open');
    for (const id of await readOverdueWaits(db, open, graceSeconds)) {
      const detail = `has waited for more than ${graceSeconds} s longer than it should, although its workflow is open`;
      faults.push(faultOf('Order', 'wait-overdue', id, detail, 'wait ended', 'wait overdue'));
    }
  }
  return faults;
}

function faultOf(
  name: FamilyName,
  kind: FindingKind,
  id: string,
  detail: string,
  expected: string,
  found: string,
): WorkflowFault {
  const { holderOf, workflowIdOf } = families[name];
  const workflow_id = workflowIdOf(id);
  return {
    holder: holderOf(id),
    finding: {
      kind,
      objectType: name,
      objectId: id,
      detail: `${name} ${id} ${detail}.`,
      expected: { workflow_id, state: expected },
      found: { workflow_id, state: found },
    },
  };
}

async function* pages<T>(read: (page: PageRequest) => Promise<Page<T>>): AsyncGenerator<readonly T[]> {
  let after: Position | null = null;
  do {
    const { items, next }: Page<T> = await read({ limit: batch, after });
    yield items;
    after = next;
  } while (after !== null);
}
