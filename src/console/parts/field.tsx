import type { ComponentChildren, JSX, RefObject } from 'preact';
import { useId, useLayoutEffect, useRef } from 'preact/hooks';

interface FieldProps {
  readonly label: string;
  /** What it means, or what it may be. */
  readonly hint?: string;
  readonly children: (id: string, hintId: string | undefined) => ComponentChildren;
}

/** A field with its label, and a hint that is read out with it. */
export function Field({ label, hint, children }: FieldProps): JSX.Element {
  const id = useId();
  const hintId = hint === undefined ? undefined : `${id}-hint`;
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {children(id, hintId)}
      {hint !== undefined && (
        <small id={hintId} class="hint">
          {hint}
        </small>
      )}
    </div>
  );
}

interface TextFieldProps extends Omit<FieldProps, 'children'> {
  readonly name: string;
  readonly type?: 'text' | 'number' | 'password' | 'date' | 'datetime-local';
  /** What is in it to begin with, and again when this changes. */
  readonly value?: string | number | undefined;
  readonly required?: boolean;
  readonly min?: number | string;
  readonly max?: number | string;
  readonly step?: number | string;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly placeholder?: string;
  readonly inputMode?: 'text' | 'decimal';
  readonly autocomplete?: 'off' | 'current-password';
  /** Called with each change of what is in it. */
  readonly onInput?: (value: string) => void;
  /** Called when a change is complete: on Enter, or on leaving the field. */
  readonly onChange?: (value: string) => void;
}

/** A field for text, numbers or dates. */
export function TextField({
  label,
  hint,
  type = 'text',
  value,
  onInput,
  onChange,
  ...input
}: TextFieldProps): JSX.Element {
  const field = useValue<HTMLInputElement>(value);
  return (
    <Field label={label} {...(hint === undefined ? {} : { hint })}>
      {(id, hintId) => (
        <input
          {...input}
          ref={field}
          id={id}
          type={type as 'text'}
          spellcheck={false}
          aria-describedby={hintId}
          onInput={(event) => onInput?.(event.currentTarget.value)}
          onChange={(event) => onChange?.(event.currentTarget.value)}
        />
      )}
    </Field>
  );
}

interface ChoiceProps extends Omit<FieldProps, 'children'> {
  readonly name: string;
  readonly value?: string | undefined;
  readonly options: readonly (readonly [value: string, text: string])[];
  readonly onChange?: (value: string) => void;
  readonly required?: boolean;
}

/** A field with a closed list of values. */
export function Choice({ label, hint, name, value, options, onChange, required = false }: ChoiceProps): JSX.Element {
  const field = useValue<HTMLSelectElement>(value, options.map(([each]) => each).join());
  return (
    <Field label={label} {...(hint === undefined ? {} : { hint })}>
      {(id, hintId) => (
        <select
          ref={field}
          id={id}
          name={name}
          required={required}
          aria-describedby={hintId}
          onChange={(event) => onChange?.(event.currentTarget.value)}
        >
          {options.map(([each, text]) => (
            <option key={each} value={each}>
              {text}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

/**
 * Puts a value into a field when it comes and when it changes: what somebody typed since then stays when the page around it is drawn anew.
 * @param choices what can be chosen, if only some values can be
 */
function useValue<Field extends { value: string }>(
  value: string | number | undefined,
  choices?: string,
): RefObject<Field | null> {
  const field = useRef<Field>(null);
  const isKnown = useRef(false);
  useLayoutEffect(() => {
    isKnown.current ||= value !== undefined;
    const text = String(value ?? '');
    // What is there already is not written again: a date that is half typed would be lost.
    if (field.current && isKnown.current && field.current.value !== text) field.current.value = text;
  }, [value, choices]);
  return field;
}

/** What is in the fields of a form, by their names, without blanks around; fields that are empty are left out. */
export function fieldsOf(form: HTMLFormElement): Readonly<Record<string, string>> {
  const texts = Array.from(new FormData(form), ([name, value]) => [
    name,
    typeof value === 'string' ? value.trim() : '',
  ]);
  return Object.fromEntries(texts.filter(([, text]) => text !== '')) as Record<string, string>;
}
