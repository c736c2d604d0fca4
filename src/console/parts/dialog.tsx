import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useId, useRef } from 'preact/hooks';
import { fieldsOf } from './field.tsx';
import { Failed } from './states.tsx';

interface DialogProps {
  readonly title: string;
  /** What the button says that does it. */
  readonly action: string;
  readonly isBusy: boolean;
  readonly error: Error | undefined;
  readonly onClose: () => void;
  /** With what is in the fields, by their names; empty ones are left out. */
  readonly onSubmit: (fields: Readonly<Record<string, string>>) => void;
  readonly children: ComponentChildren;
}

/** A form in front of the page. Escape closes it, and whoever opened it has the focus again. */
export function Dialog({ title, action, isBusy, error, onClose, onSubmit, children }: DialogProps): JSX.Element {
  const dialog = useRef<HTMLDialogElement>(null);
  const heading = useId();
  useEffect(() => {
    const shown = dialog.current;
    const opener = document.activeElement;
    shown?.showModal();
    return () => {
      shown?.close();
      // A dialog that is gone from the page by now gives no focus back.
      if (opener instanceof HTMLElement) opener.focus();
    };
  }, []);
  return (
    <dialog ref={dialog} class="dialog" aria-labelledby={heading} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          onSubmit(fieldsOf(event.currentTarget));
        }}
      >
        <h2 id={heading}>{title}</h2>
        {children}
        {error && <Failed error={error} />}
        <div class="buttons">
          <button type="submit" class="primary" disabled={isBusy}>
            {action}
          </button>
          <button type="button" onClick={onClose}>
            Cancel
          </button>
        </div>
      </form>
    </dialog>
  );
}
