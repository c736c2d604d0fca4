import { useEffect, useRef, useState } from 'preact/hooks';
import { ask } from '../../client/ask.ts';
import { useLive } from '../../client/live.ts';
import type { FulfilmentPlans } from '../../client/shapes.ts';

/** Milliseconds without a change before it is planned anew. */
const pause = 250;

export interface Planning {
  /** The last plans that there were: they stay until others are there. Undefined when nothing is to be planned. */
  readonly plans: FulfilmentPlans['plans'] | undefined;
  readonly error: Error | undefined;
  /** Whether what is shown is of what is wanted now. */
  readonly isCurrent: boolean;
}

interface Wanted {
  readonly items: readonly { readonly product_id: string; readonly quantity: number }[] | null;
  /** Empty when nobody said. */
  readonly region: string;
}

/** What each way of allocating would do with what is wanted: asked for again when that changes, and when the stock of it does. */
export function usePlans({ items, region }: Wanted): Planning {
  const body = items === null ? null : JSON.stringify({ items, ...(region === '' ? {} : { region }) });
  const [known, setKnown] = useState<{ body: string; plans?: FulfilmentPlans['plans']; error?: Error }>();
  const [changes, setChanges] = useState(0);
  const asked = useRef(body);
  asked.current = body;

  useEffect(() => {
    if (body === null) return undefined;
    const control = new AbortController();
    const plan = async (): Promise<void> => {
      try {
        const { data } = await ask<FulfilmentPlans>('POST', '/api/fulfilment-plans/', {
          body: JSON.parse(body),
          signal: control.signal,
        });
        setKnown({ body, plans: data.plans });
      } catch (error) {
        if (control.signal.aborted) return;
        setKnown({ body, error: error instanceof Error ? error : new Error(String(error)) });
      }
    };
    const timer = window.setTimeout(() => void plan(), pause);
    return () => {
      window.clearTimeout(timer);
      control.abort();
    };
  }, [body, changes]);

  useLive((happened) => {
    const concerns = (id: string): boolean => asked.current?.includes(id) ?? false;
    const isAbout =
      happened === 'everything' ||
      happened.some(({ product_ids: ids, object_type: type }) => type === 'Warehouse' || ids.some(concerns));
    if (isAbout) setChanges((count) => count + 1);
  });

  if (body === null) return { plans: undefined, error: undefined, isCurrent: true };
  return { plans: known?.plans, error: known?.error, isCurrent: known?.body === body };
}
