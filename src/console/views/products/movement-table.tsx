import type { JSX } from 'preact';
import type { MovementType } from '../../../domain/movement.ts';
import type { Movement } from '../../client/shapes.ts';
import { OrderLink, WorkflowLink } from '../../parts/links.tsx';
import { Table } from '../../parts/table.tsx';
import { Time } from '../../parts/time.tsx';
import { formatNumber, formatSigned, shortId } from '../../parts/words.ts';

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

const columns = [
  'Time',
  'What',
  'Warehouse',
  ['Available ±', 'number'],
  ['Reserved ±', 'number'],
  ['Available after', 'number'],
  ['Reserved after', 'number'],
  ['Total after', 'number'],
  'For',
  'By',
  'Reason',
  'Workflow',
] as const;

interface MovementTableProps {
  readonly movements: readonly Movement[];
  /** The class of a movement's row, by its id. */
  readonly mark: (id: string) => string | undefined;
}

/** Movements of the ledger: what each changed, and what there was after it. */
export function MovementTable({ movements, mark }: MovementTableProps): JSX.Element {
  return (
    <Table label="Movements" columns={columns}>
      {movements.map((movement) => (
        <tr key={movement.id} class={mark(movement.id)}>
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
