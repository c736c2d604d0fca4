import type { ComponentChildren, JSX } from 'preact';

interface TableProps {
  /** What it lists, for those who do not see what is around it. */
  readonly label: string;
  /** Columns of numbers end at the right; a hidden name is read out only. */
  readonly columns: readonly (string | readonly [name: string, kind: 'number' | 'hidden'])[];
  /** Its rows. */
  readonly children: ComponentChildren;
  /** The rows below them, which sum them up. */
  readonly foot?: ComponentChildren;
}

/** A table that scrolls sideways by itself where the page is too narrow for it, by the keyboard as well. */
export function Table({ label, columns, children, foot }: TableProps): JSX.Element {
  return (
    <div class="table" role="region" aria-label={label} tabIndex={0}>
      <table aria-label={label}>
        <thead>
          <tr>
            {columns.map((column) => {
              const [name, kind] = typeof column === 'string' ? [column, undefined] : column;
              return (
                <th key={name} scope="col" class={kind === 'number' ? 'number' : undefined}>
                  {kind === 'hidden' ? <span class="visually-hidden">{name}</span> : name}
                </th>
              );
            })}
          </tr>
        </thead>
        <tbody>{children}</tbody>
        {foot !== undefined && <tfoot>{foot}</tfoot>}
      </table>
    </div>
  );
}
