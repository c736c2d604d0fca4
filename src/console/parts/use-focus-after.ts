import { useEffect, useRef } from 'preact/hooks';

/**
 * Where a button goes once what it does is done, the keyboard goes on from a place that stays.
 * @param shown what is shown anew once it is done
 * @param isActing whether it is being done, or somebody is asked whether it is to be
 */
export function useFocusAfter(
  place: { readonly current: HTMLElement | null },
  shown: unknown,
  isActing: boolean,
): void {
  const hasActed = useRef(false);
  const last = useRef(shown);
  if (isActing) hasActed.current = true;
  useEffect(() => {
    const isNew = last.current !== shown;
    last.current = shown;
    if (isActing || !hasActed.current) return;
    // It may be shown anew only some time after it was done: until then the button is still there.
    if (isNew) hasActed.current = false;
    const { activeElement: focused } = document;
    if (focused !== null && focused !== document.body) return;
    hasActed.current = false;
    place.current?.focus({ preventScroll: true });
  }, [shown, isActing]);
}
