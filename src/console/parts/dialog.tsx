import type { ComponentChildren, JSX } from 'preact';
import { useId, useLayoutEffect, useRef } from 'preact/hooks';
import { fieldsOf } from './field.tsx';
import { NotDone } from './states.tsx';

interface DialogProps {
  readonly title: string;
  /** What the button says that does it. */
  readonly action: string;
  /** What the button says that does nothing. */
  readonly otherwise?: string;
  readonly isBusy: boolean;
  readonly error: Error | undefined;
  readonly onClose: () => void;
  /**
   * With what is in the fields, by their names; empty ones are left out. Sent again it does no harm: it goes out by useSendOnce, or is the same
   * done twice.
   */
  readonly onSubmit: (fields: Readonly<Record<string, string>>) => void;
  readonly children: ComponentChildren;
}

/** A form in front of the page. Escape closes it, and whoever opened it has the focus again. */
export function Dialog({
  title,
  action,
  otherwise = 'Cancel',
  isBusy,
  error,
  onClose,
  onSubmit,
  children,
}: DialogProps): JSX.Element {
  const dialog = useRef<HTMLDialogElement>(null);
  const heading = useId();
  const isGone = useRef(false);
  // Before anything is drawn, and before it is taken out of the page again: else the focus would be nowhere afterwards.
  useLayoutEffect(() => {
    const shown = dialog.current;
    shown?.showModal();
    return () => {
      isGone.current = true;
      shown?.close();
    };
  }, []);
  return (
    <dialog ref={dialog} class="dialog" aria-labelledby={heading} onClose={() => isGone.current || onClose()}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          onSubmit(fieldsOf(event.currentTarget));
        }}
      >
        <h2 id={heading}>{title}</h2>
        {children}
        {error && <NotDone error={error} action={action} />}
        <div class="buttons">
          <button type="submit" class="primary" disabled={isBusy}>
            {action}
          </button>
          <button type="button" onClick={onClose}>
            {otherwise}
          </button>
        </div>
      </form>
    </dialog>
  );
}
