import type { JSX } from 'preact';
import type { Finding, Verification } from '../../client/shapes.ts';
import { meaningOf } from '../../parts/finding-words.ts';
import { ObjectLink } from '../../parts/object-link.tsx';
import { Table } from '../../parts/table.tsx';
import { counted, formatNumber, inWords } from '../../parts/words.ts';

interface FoundProps {
  readonly label: string;
  readonly found: Pick<Verification, 'checked' | 'counts' | 'findings'>;
}

/** What was looked at, what was found, and what to do about it. */
export function Found({ label, found: { checked, counts, findings } }: FoundProps): JSX.Element {
  const all = Object.values(counts).reduce((sum, count) => sum + count, 0);
  const looked = `${counted(checked.orders, 'order')}, ${counted(checked.reservations, 'reservation')} and ${counted(checked.stock_levels, 'stock level')} were checked`;
  if (all === 0) return <p>{looked}: everything agrees.</p>;
  return (
    <>
      <p class="bad">
        {looked}: {counted(all, 'finding')}.
        {all > findings.length && ` The first ${formatNumber(findings.length)} are listed.`}
      </p>
      <p>
        <b>What to do:</b> run <code>earmark reconcile --repair</code>. It repairs what it can and says what a person
        has to do.
      </p>
      <Table label={label} columns={['What is wrong', 'Object', 'Expected', 'Found']}>
        {findings.map((finding) => (
          <FindingRow key={`${finding.kind} ${finding.object_id} ${finding.detail}`} finding={finding} />
        ))}
      </Table>
    </>
  );
}

function FindingRow({ finding }: { readonly finding: Finding }): JSX.Element {
  const { kind, detail, object_type: type, object_id: id, expected, found } = finding;
  return (
    <tr>
      <td class="finding-what">
        {meaningOf(kind)} <small class="quiet">{detail}</small>
      </td>
      <td>
        <ObjectLink type={type} id={id} />
      </td>
      <td>
        <Fields of={expected} />
      </td>
      <td>
        <Fields of={found} />
      </td>
    </tr>
  );
}

function Fields({ of: fields }: { readonly of: Readonly<Record<string, unknown>> }): JSX.Element {
  const pairs = Object.entries(fields);
  if (pairs.length === 0) return <>nothing</>;
  return (
    <>
      {pairs.map(([name, value]) => (
        <span key={name} class="audit-value">
          {inWords(name)} <b>{typeof value === 'string' ? value : JSON.stringify(value)}</b>
        </span>
      ))}
    </>
  );
}
