import type { JSX } from 'preact';
import type { System } from '../../client/shapes.ts';
import { ago } from '../../parts/age.ts';
import { isAtWork } from '../../parts/troubles.ts';
import { Table } from '../../parts/table.tsx';
import { formatNumber } from '../../parts/words.ts';

/** Who carries orders out, and how much waits for them. */
export function Workers({ system }: { readonly system: System }): JSX.Element {
  const { workers, backlog, now, task_queue: queue } = system;
  return (
    <section class="card" aria-labelledby="workers">
      <h2 id="workers">Workers</h2>
      {workers === null && <p class="empty">Temporal does not say who asks for work.</p>}
      {workers?.length === 0 && <p class="empty">Nobody has asked for work within five minutes.</p>}
      {workers && workers.length > 0 && (
        <Table label="List of workers" columns={['Worker', 'Asked for work', 'Does']}>
          {workers.map((worker) => (
            <tr key={worker.identity}>
              <td>
                <code>{worker.identity}</code>
              </td>
              <td class="age">
                {ago(worker.last_seen, now)}
                {!isAtWork(worker, now) && <span class="bad"> (has ended or hangs)</span>}
              </td>
              <td>{worker.kinds.map((kind) => (kind === 'workflow' ? 'workflows' : 'activities')).join(' and ')}</td>
            </tr>
          ))}
        </Table>
      )}
      <dl class="facts">
        <dt>Task queue</dt>
        <dd>
          <code>{queue}</code>
        </dd>
        <dt>Waiting for a worker</dt>
        <dd>
          {backlog === null
            ? 'not known'
            : `about ${formatNumber(backlog.workflow + backlog.activity)} tasks (workflows ${formatNumber(backlog.workflow)}, activities ${formatNumber(backlog.activity)})`}
        </dd>
      </dl>
    </section>
  );
}
