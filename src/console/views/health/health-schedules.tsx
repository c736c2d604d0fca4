import type { JSX } from 'preact';
import type { Schedule } from '../../client/shapes.ts';
import { ago } from '../../parts/age.ts';
import { Countdown, Time } from '../../parts/time.tsx';
import { meaningOfSchedule } from '../../parts/troubles.ts';
import { Table } from '../../parts/table.tsx';
import { inWords } from '../../parts/words.ts';

interface SchedulesProps {
  /** Null when Temporal did not tell. */
  readonly schedules: readonly Schedule[] | null;
  readonly now: string;
}

/** What is done again and again, when it was, and when it will be. */
export function Schedules({ schedules, now }: SchedulesProps): JSX.Element {
  return (
    <section class="card" aria-labelledby="schedules">
      <h2 id="schedules">Schedules</h2>
      {schedules === null && <p class="empty">Temporal does not say how its schedules are.</p>}
      {schedules?.length === 0 && <p class="empty">There are none yet: a worker makes them when it starts.</p>}
      {schedules && schedules.length > 0 && (
        <Table label="List of schedules" columns={['Schedule', 'Last run', 'Outcome', 'Next run']}>
          {schedules.map((schedule) => (
            <ScheduleRow key={schedule.id} schedule={schedule} now={now} />
          ))}
        </Table>
      )}
    </section>
  );
}

function ScheduleRow({ schedule, now }: { readonly schedule: Schedule; readonly now: string }): JSX.Element {
  const { id, last_run: lastRun, next_run: nextRun, paused, note } = schedule;
  const { name, whenPaused } = meaningOfSchedule(id);
  return (
    <tr>
      <td class="schedule-name">
        {name} <small class="quiet">{id}</small>
      </td>
      <td class="run">
        {lastRun ? (
          <>
            <Time at={lastRun.started_at} /> <small class="quiet">{ago(lastRun.started_at, now)}</small>
          </>
        ) : (
          'not yet'
        )}
      </td>
      <td>{lastRun ? inWords(lastRun.status) : ''}</td>
      <td class="run">
        {paused && (
          <span class="bad">
            paused{note !== null && ` (“${note}”)`}. {whenPaused}
          </span>
        )}
        {!paused && nextRun !== null && (
          <>
            <Time at={nextRun} />{' '}
            <small class="quiet">
              in <Countdown until={nextRun} over="a moment" />
            </small>
          </>
        )}
        {!paused && nextRun === null && 'not known'}
      </td>
    </tr>
  );
}
