import type { JSX } from 'preact';
import type { System } from '../../client/shapes.ts';

interface NeedsProps {
  readonly isReachable: boolean;
  readonly dependencies: System['dependencies'];
}

/** The server, and what it needs. */
export function Needs({ isReachable, dependencies: { database, temporal } }: NeedsProps): JSX.Element {
  return (
    <section class="card" aria-labelledby="needs">
      <h2 id="needs">Server and what it needs</h2>
      <dl class="facts">
        <dt>Server</dt>
        <dd>
          <State isUp={isReachable} detail={null} />
        </dd>
        <dt>Database</dt>
        <dd>
          <State isUp={database.status === 'up'} isOld={!isReachable} detail={database.detail} />
        </dd>
        <dt>Temporal</dt>
        <dd>
          <State isUp={temporal.status === 'up'} isOld={!isReachable} detail={temporal.detail} />
        </dd>
      </dl>
    </section>
  );
}

interface StateProps {
  readonly isUp: boolean;
  /** Whether it is not known any more. */
  readonly isOld?: boolean;
  readonly detail: string | null;
}

function State({ isUp, isOld = false, detail }: StateProps): JSX.Element {
  if (isOld) return <span class="status">not known</span>;
  return (
    <>
      <span class={`status ${isUp ? 'status-delivered' : 'status-down'}`}>{isUp ? 'answers' : 'does not answer'}</span>
      {detail !== null && <> {detail}</>}
    </>
  );
}
