import type { ComponentChildren, JSX } from 'preact';

/** A table that scrolls by itself where it is too wide, also with the arrow keys. */
export function Table({
  label,
  children,
}: {
  readonly label: string;
  readonly children: ComponentChildren;
}): JSX.Element {
  return (
    <div class="table" role="region" aria-label={label} tabIndex={0}>
      <table aria-label={label}>{children}</table>
    </div>
  );
}
