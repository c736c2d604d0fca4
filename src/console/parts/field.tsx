import type { ComponentChildren, JSX } from 'preact';
import { useId } from 'preact/hooks';

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
  /** What is in it to begin with. */
  readonly value?: string | number | undefined;
  readonly required?: boolean;
  readonly min?: number | string;
  readonly max?: number | string;
  readonly step?: number | string;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly placeholder?: string;
  readonly autocomplete?: 'off' | 'current-password';
  /** Called with each change of what is in it. */
  readonly onInput?: (value: string) => void;
  /** Called when a change is complete: on Enter, or on leaving the field. */
  readonly onChange?: (value: string) => void;
}

/** A field for text, numbers or dates. */
export function TextField({ label, hint, type = 'text', onInput, onChange, ...input }: TextFieldProps): JSX.Element {
  return (
    <Field label={label} {...(hint === undefined ? {} : { hint })}>
      {(id, hintId) => (
        <input
          {...input}
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
  return (
    <Field label={label} {...(hint === undefined ? {} : { hint })}>
      {(id, hintId) => (
        <select
          id={id}
          name={name}
          required={required}
          {...(value === undefined ? {} : { value })}
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

/** What is in the fields of a form, by their names, without blanks around; fields that are empty are left out. */
export function fieldsOf(form: HTMLFormElement): Readonly<Record<string, string>> {
  const texts = Array.from(new FormData(form), ([name, value]) => [
    name,
    typeof value === 'string' ? value.trim() : '',
  ]);
  return Object.fromEntries(texts.filter(([, text]) => text !== '')) as Record<string, string>;
}
