import type { JSX } from 'preact';
import { Unreachable } from '../../client/problem.ts';
import { connection } from '../../client/live.ts';
import type { LastLook, System } from '../../client/shapes.ts';
import { useStore } from '../../client/store.ts';
import { useData } from '../../client/use-data.ts';
import { useRefresh } from '../../client/use-refresh.ts';
import { Page } from '../../parts/page.tsx';
import { Loaded } from '../../parts/states.tsx';
import { Time } from '../../parts/time.tsx';
import { troublesOf } from '../../parts/troubles.ts';
import { Books } from './health-books.tsx';
import { Needs } from './health-needs.tsx';
import { Schedules } from './health-schedules.tsx';
import { Verdict } from './health-verdict.tsx';
import { Workers } from './health-workers.tsx';

/** Milliseconds between two looks at how everything is. */
const every = 5_000;

/** Whether all is well, what is not, and what to do. */
export function Health(): JSX.Element {
  const system = useData<System>('/api/system/');
  const books = useData<LastLook>('/api/system/findings/');
  useRefresh(() => {
    system.reload();
    books.reload();
  }, every);
  const isDown = useStore(connection) === 'down' || system.error instanceof Unreachable;
  const known = system.answer?.data;
  // What a look found makes the verdict longer: what is below it comes when that is known.
  const isKnown = known !== undefined && (books.answer ?? books.error) !== undefined;
  return (
    <Page title="Health">
      <Verdict isKnown={isDown || isKnown} troubles={troublesOf(!isDown, known, books.answer?.data)} />
      <Loaded data={isDown || isKnown ? system : { ...system, answer: undefined }} height={40}>
        {(state) => (
          <>
            <p class="quiet as-of">
              Earmark {state.version}, as of <Time at={state.now} />
              {isDown && '. Since then the server has not answered.'}
            </p>
            <div class="health-parts">
              <Needs isReachable={!isDown} dependencies={state.dependencies} />
              <Workers system={state} />
            </div>
            <Schedules schedules={state.schedules} now={state.now} />
            <Books data={books} />
          </>
        )}
      </Loaded>
    </Page>
  );
}
