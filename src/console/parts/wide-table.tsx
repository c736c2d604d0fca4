import type { ComponentChildren, JSX } from 'preact';

interface WideTableProps {
  /** What it lists, for those who do not see what is around it. */
  readonly label: string;
  readonly columns: readonly (string | readonly [name: string, kind: 'number'])[];
  /** Its rows. */
  readonly children: ComponentChildren;
}

/** A table that scrolls sideways by itself where the page is too narrow for it, by the keyboard as well. */
export function WideTable({ label, columns, children }: WideTableProps): JSX.Element {
  return (
    <div class="table" role="region" aria-label={label} tabIndex={0}>
      <table aria-label={label}>
        <thead>
          <tr>
            {columns.map((column) => {
              const [name, kind] = typeof column === 'string' ? [column, undefined] : column;
              return (
                <th key={name} scope="col" class={kind}>
                  {name}
                </th>
              );
            })}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </div>
  );
}
