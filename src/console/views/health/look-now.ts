import { useState } from 'preact/hooks';
import { ask } from '../../client/ask.ts';
import type { LastLook, StartedLook } from '../../client/shapes.ts';
import type { Data } from '../../client/use-data.ts';
import { useAction, type Action } from '../../parts/use-action.ts';

/** Milliseconds between two questions whether it has looked. */
const pause = 1_000;

/** Milliseconds until it is left to look by itself: a large shop takes longer than anybody watches. */
const patience = 120_000;

/** Lets the schedule look now, and waits until what it found is there. `done` says in words what became of it. */
export function useLookNow(books: Data<LastLook>): Action<[]> & { readonly done: string } {
  const [done, setDone] = useState('');
  const looking = useAction(async () => {
    setDone('');
    const before = books.answer?.data.last_look?.workflow_id;
    const { data: started } = await ask<StartedLook>('POST', '/api/system/look/');
    const giveUpAt = performance.now() + patience;
    while (performance.now() < giveUpAt) {
      await new Promise((resolve) => void window.setTimeout(resolve, pause));
      const { data: found } = await ask<LastLook>('GET', '/api/system/findings/');
      const id = found.last_look?.workflow_id;
      const isNew = started.workflow_id === null ? id !== before : id === started.workflow_id;
      if (!isNew) continue;
      books.reload();
      return setDone('It has looked; this is what it found.');
    }
    setDone('It still looks. What it finds is shown here as soon as it has ended.');
  });
  return { ...looking, done };
}
