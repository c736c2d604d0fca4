import type { JSX } from 'preact';

interface FilterChipProps {
  readonly label: string;
  /** What the list is limited to. */
  readonly text: string;
  readonly title?: string;
  readonly onClear: () => void;
}

/** A filter that can only be taken away. */
export function FilterChip({ label, text, title, onClear }: FilterChipProps): JSX.Element {
  return (
    <div class="field" role="group" aria-label={label}>
      <span class="field-name">{label}</span>
      <button
        type="button"
        class="chip filter-chip"
        aria-label={`Take the ${label.toLowerCase()} ${text} away`}
        title={title}
        onClick={onClear}
      >
        {text} <span aria-hidden="true">×</span>
      </button>
    </div>
  );
}
