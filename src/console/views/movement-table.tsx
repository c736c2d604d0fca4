import type { JSX } from 'preact';
import type { MovementType } from '../../domain/movement.ts';
import type { Movement } from '../api/shapes.ts';
import { OrderLink, WorkflowLink } from '../parts/links.tsx';
import { Table } from '../parts/table.tsx';
import { Time } from '../parts/time.tsx';
import { formatNumber, formatSigned, shortId } from '../parts/words.ts';

const words = {
  received: 'received',
  adjusted: 'adjusted by hand',
  reserved: 'reserved',
  released: 'released again',
  expired: 'hold expired',
  fulfilled: 'sold',
  restocked: 'back after a cancellation',
  'transferred-out': 'sent to another warehouse',
  'transferred-in': 'came from another warehouse',
  returned: 'returned by the customer',
} as const satisfies Record<MovementType, string>;

const columns = ['Time', 'What', 'Warehouse'] as const;
const numbers = ['Available ±', 'Reserved ±', 'Available after', 'Reserved after', 'Total after'] as const;
const reasons = ['For', 'By', 'Reason', 'Workflow'] as const;

interface MovementTableProps {
  readonly movements: readonly Movement[];
  /** Ids of those that have just come in. */
  readonly changed: ReadonlySet<string>;
}

/** Movements of the ledger: what each changed, and what there was after it. */
export function MovementTable({ movements, changed }: MovementTableProps): JSX.Element {
  const head = (name: string, group?: string): JSX.Element => (
    <th key={name} scope="col" {...(group === undefined ? {} : { class: group })}>
      {name}
    </th>
  );
  return (
    <Table label="Movements">
      <thead>
        <tr>
          {columns.map((name) => head(name))}
          {numbers.map((name) => head(name, 'number'))}
          {reasons.map((name) => head(name))}
        </tr>
      </thead>
      <tbody>
        {movements.map((movement) => (
          <tr key={movement.id} {...(changed.has(movement.id) ? { class: 'changed' } : {})}>
            <td>
              <Time at={movement.at} />
            </td>
            <td class="what">{words[movement.type]}</td>
            <td>{movement.warehouse}</td>
            <td class="number">{formatSigned(movement.change.available)}</td>
            <td class="number">{formatSigned(movement.change.reserved)}</td>
            <td class="number">{formatNumber(movement.balance.available)}</td>
            <td class="number">{formatNumber(movement.balance.reserved)}</td>
            <td class="number">{formatNumber(movement.balance.total)}</td>
            <td class="what">
              <Cause of={movement.cause} />
            </td>
            <td>{movement.actor}</td>
            <td class="reason">{movement.reason}</td>
            <td class="what">{movement.workflow_id !== null && <WorkflowLink id={movement.workflow_id} />}</td>
          </tr>
        ))}
      </tbody>
    </Table>
  );
}

/** What units moved for, with the way there. A transfer has no view: its link leads to what the API says of it. */
function Cause({ of }: { readonly of: Movement['cause'] }): JSX.Element | null {
  if (of === null) return null;
  const name = `${of.type} ${shortId(of.id)}`;
  switch (of.type) {
    case 'order':
      return <OrderLink id={of.id} text={name} />;
    case 'reservation':
      return <a href={`/audit-log?object_type=Reservation&object_id=${of.id}`}>{name}</a>;
    case 'transfer':
      return <a href={`/api/stock-transfers/${of.id}/`}>{name}</a>;
    case 'return':
      return of.order_id === null ? <>{name}</> : <OrderLink id={of.order_id} text={name} />;
  }
}
