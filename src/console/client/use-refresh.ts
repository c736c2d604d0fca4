import { useEffect, useRef } from 'preact/hooks';

/** Does something again and again while somebody may see the page, and at once when it is seen again. */
export function useRefresh(reload: () => void, everyMs: number): void {
  const latest = useRef(reload);
  latest.current = reload;
  useEffect(() => {
    const again = (): void => {
      if (!document.hidden) latest.current();
    };
    const timer = window.setInterval(again, everyMs);
    document.addEventListener('visibilitychange', again);
    return () => {
      window.clearInterval(timer);
      document.removeEventListener('visibilitychange', again);
    };
  }, [everyMs]);
}
