import type { JSX } from 'preact';
import { ask } from '../../client/ask.ts';
import type { LastLook, Look, Verification } from '../../client/shapes.ts';
import type { Data } from '../../client/use-data.ts';
import { useState } from 'preact/hooks';
import { WorkflowLink } from '../../parts/links.tsx';
import { Empty, Failed, Loaded } from '../../parts/states.tsx';
import { Time } from '../../parts/time.tsx';
import { useAction } from '../../parts/use-action.ts';
import { useMay } from '../../parts/use-may.ts';
import { inWords } from '../../parts/words.ts';
import { Found } from './health-found.tsx';
import { useLookNow } from './look-now.ts';

/** Whether the books agree with themselves and with Temporal, as the schedule found last, or as they are now. */
export function Books({ data }: { readonly data: Data<LastLook> }): JSX.Element {
  const mayAsk = useMay('operator');
  const looking = useLookNow(data);
  const [verified, setVerified] = useState<Verification>();
  const verifying = useAction(async () => {
    const { data: found } = await ask<Verification>('POST', '/api/system/verify/');
    setVerified(found);
  });
  const error = looking.error ?? verifying.error;
  return (
    <>
      <section class="card" aria-labelledby="look">
        <h2 id="look">Do the books agree?</h2>
        {mayAsk && (
          <div class="buttons">
            <button type="button" disabled={looking.isBusy} onClick={() => void looking.run()}>
              Look now
            </button>
            <button type="button" disabled={verifying.isBusy} onClick={() => void verifying.run()}>
              Verify the database now
            </button>
          </div>
        )}
        <p class="notice" role="status">
          {looking.isBusy ? 'It looks now …' : verifying.isBusy ? 'The database is being verified …' : looking.done}
        </p>
        {error && <Failed error={error} />}
        <Loaded data={data} height={8}>
          {({ last_look: last }) => (last ? <LastLookFound look={last} /> : <Empty>It has not looked yet.</Empty>)}
        </Loaded>
      </section>
      {verified && (
        <section class="card" aria-labelledby="verified">
          <h2 id="verified">The database, as it was verified</h2>
          <p>
            Verified <Time at={verified.started_at} />.
          </p>
          <Found label="Findings of the verification" found={verified} />
        </section>
      )}
    </>
  );
}

function LastLookFound({ look }: { readonly look: Look }): JSX.Element {
  const { started_at: startedAt, closed_at: closedAt, status, checked, workflow_id: workflowId } = look;
  return (
    <>
      <p>
        Last look: <Time at={startedAt} />, took {tookSeconds(startedAt, closedAt)} s{' '}
        <small>
          <WorkflowLink id={workflowId} />
        </small>
      </p>
      {checked === null ? (
        <p class="bad">It came to no result ({inWords(status)}). The log of the worker says why; look again.</p>
      ) : (
        <Found label="Findings of the last look" found={{ ...look, checked }} />
      )}
    </>
  );
}

function tookSeconds(from: string, to: string): string {
  return ((Date.parse(to) - Date.parse(from)) / 1000).toFixed(1);
}
