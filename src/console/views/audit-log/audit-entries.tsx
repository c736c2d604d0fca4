import type { JSX } from 'preact';
import type { LiveEntry } from '../../client/live.ts';
import type { AuditEntry } from '../../client/shapes.ts';
import { useData } from '../../client/use-data.ts';
import { useProductNames, type ProductName } from '../../client/use-product-names.ts';
import { addressOf, useAddress } from '../../parts/address.ts';
import { AuditValues } from '../../parts/audit-values.tsx';
import { WorkflowLink } from '../../parts/links.tsx';
import { ObjectLink, productIdOf } from '../../parts/object-link.tsx';
import { Pager } from '../../parts/pager.tsx';
import { Empty, Loaded } from '../../parts/states.tsx';
import { Time } from '../../parts/time.tsx';
import { useChangedRows } from '../../parts/use-changed-rows.ts';
import { Table } from '../../parts/table.tsx';
import { inWords, shortId } from '../../parts/words.ts';

const columns = ['Time', 'Who', 'Action', 'Object', 'Change', 'Request and workflow'];

/** The entries that the address asks for. New ones come in on the first page; on others nothing moves. */
export function AuditEntries(): JSX.Element {
  const { query } = useAddress();
  const { object_type, object_id, actor, on_behalf_of, action, start_date, end_date, cursor } = query;
  const path = addressOf('/api/audit-log/', {
    ...{ object_type, object_id, actor, on_behalf_of, action, start_date, end_date },
    limit: '50',
    cursor,
  });
  const data = useData<readonly AuditEntry[]>(path, (entry) => cursor === undefined && mayBeListed(entry, query));
  const rows = data.answer?.data;
  const products = (rows ?? []).map(({ object_type: type, object_id: id }) => productIdOf(type, id));
  const nameOf = useProductNames(products.filter((id) => id !== undefined));
  const mark = useChangedRows(path, rows, ({ id }) => id);
  return (
    <Loaded data={data} height={40}>
      {(entries, nextCursor) =>
        entries.length === 0 ? (
          <Empty>No entry of the audit log is like that.</Empty>
        ) : (
          <>
            <Table label="Audit log" columns={columns}>
              {entries.map((entry) => (
                <EntryRow key={entry.id} entry={entry} nameOf={nameOf} class={mark(entry.id)} />
              ))}
            </Table>
            <Pager nextCursor={nextCursor} />
          </>
        )
      }
    </Loaded>
  );
}

interface EntryRowProps {
  readonly entry: AuditEntry;
  readonly nameOf: (id: string) => ProductName | undefined;
  readonly class: string | undefined;
}

function EntryRow({ entry, nameOf, class: mark }: EntryRowProps): JSX.Element {
  const { request_id: requestId, workflow_id: workflowId, on_behalf_of: onBehalfOf } = entry;
  return (
    <tr class={mark}>
      <td>
        <Time at={entry.timestamp} />
      </td>
      <td>
        {entry.actor}
        {onBehalfOf !== null && <span class="quiet"> for {onBehalfOf}</span>}
      </td>
      <td class="action-cell">{inWords(entry.action)}</td>
      <td class="audit-object">
        <ObjectLink type={entry.object_type} id={entry.object_id} workflowId={workflowId} nameOf={nameOf} />
      </td>
      <td>
        <AuditValues entry={entry} />
      </td>
      <td class="audit-cause">
        {requestId !== null && (
          <span>
            request <code title={requestId}>{shortId(requestId)}</code>
          </span>
        )}
        {workflowId !== null && <WorkflowLink id={workflowId} />}
        {requestId === null && workflowId === null && <span class="quiet">none</span>}
      </td>
    </tr>
  );
}

/** What an event says is enough to leave most entries alone; the API decides about the rest. */
function mayBeListed(entry: LiveEntry, query: Readonly<Record<string, string>>): boolean {
  const names = ['object_type', 'object_id', 'actor', 'action'] as const;
  return names.every((name) => (query[name] ?? '') === '' || query[name] === entry[name]);
}
