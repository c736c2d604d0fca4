import { strict as assert } from 'node:assert';
import { readdirSync } from 'node:fs';
import { PassThrough } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { DeterminismViolationError } from '@temporalio/workflow';
import { bundleWorkflowCode, DefaultLogger, Worker, type ReplayResult, type WorkflowBundle } from '@temporalio/worker';
import { historyFile, paths, recordedHistory, recordedNames } from '../histories/recorded.ts';
import { currentRules } from '../../src/workflows/messages.ts';
import { workflowBundle } from '../support/temporal.ts';

const rules = Array.from({ length: currentRules }, (_, index) => index + 1);

for (const number of rules) {
  describe(`the recorded histories of rules ${number}`, () => {
    const names = readdirSync(historyFile(number)).map((file) => file.replace(/\.json$/, ''));

    // One worker for all of them: most of what it costs is to start one.
    const histories = new PassThrough({ objectMode: true });
    let replays: AsyncIterableIterator<ReplayResult>;
    before(async () => {
      replays = Worker.runReplayHistories({ workflowBundle: await workflowBundle() }, histories);
    });
    after(async () => {
      histories.end();
      assert.deepEqual(await replays.next(), { done: true, value: undefined });
    });

    for (const name of names) {
      it(`still replay: ${name.replaceAll('-', ' ')}`, async () => {
        histories.write({ workflowId: name, history: JSON.parse(await recordedHistory(number, name)) as unknown });
        const { value } = (await replays.next()) as IteratorYieldResult<ReplayResult>;
        assert.equal(value.workflowId, name);
        assert.ifError(value.error);
      });
    }
  });
}

describe('a recorded history', () => {
  it('is there for every path through the workflows', async () => {
    const names = new Set((await Promise.all(rules.map(recordedNames))).flat());
    assert.deepEqual(
      Object.keys(paths).filter((name) => !names.has(name)),
      [],
    );
  });

  it('says nothing of the machine it was recorded on', async () => {
    for (const number of rules) {
      for (const name of await recordedNames(number)) {
        const text = await recordedHistory(number, name);
        const identities = new Set(Array.from(text.matchAll(/"identity": "(.*)"/g), ([, identity]) => identity));
        assert.deepEqual(identities, new Set(['recorder']));
        assert.doesNotMatch(text, /node_modules|\/home\/|\/root\/|\/Users\/|file:/);
      }
    }
  });

  it('does not replay on a workflow that does something else first', async () => {
    const changed = await bundleWorkflowCode({
      workflowsPath: fileURLToPath(new URL('./changed-order.ts', import.meta.url)),
      logger: new DefaultLogger('ERROR'),
    });
    for (const name of ['order-pending', 'order-delivered']) {
      await assert.rejects(replay(await recordedHistory(1, name), changed), DeterminismViolationError);
    }
  });

  it('does not replay when an activity was called by another name', async () => {
    const text = await recordedHistory(1, 'order-delivered');
    const renamed = text.replaceAll('"fulfilReservation"', '"fulfillReservation"');
    assert.notEqual(renamed, text);
    await assert.rejects(replay(renamed, await workflowBundle()), DeterminismViolationError);
  });

  for (const [what, name, from, to] of [
    [
      'an order in vain is taken off its list otherwise',
      'order-waiting-not-available',
      'leaveWaitingList',
      'expireReservation',
    ],
    ['a hold is not extended', 'order-extended-and-expired', 'extendHold', 'expireReservation'],
    ['an expired order is placed again like a new one', 'order-rescued-and-delivered', 'rescueOrder', 'reserveOrder'],
    [
      'waiting ends without its timer',
      'order-waiting-served-and-expired',
      'EVENT_TYPE_TIMER_CANCELED',
      'EVENT_TYPE_TIMER_FIRED',
    ],
  ] as const) {
    it(`does not replay when ${what}`, async () => {
      const text = await recordedHistory(3, name);
      const changed = text.replaceAll(`"${from}"`, `"${to}"`);
      assert.notEqual(changed, text);
      await assert.rejects(replay(changed, await workflowBundle()));
    });
  }

  it('does not replay when the timer of the hold is not started', async () => {
    const text = await recordedHistory(1, 'order-expired');
    const other = text.replace('EVENT_TYPE_TIMER_STARTED', 'EVENT_TYPE_MARKER_RECORDED');
    await assert.rejects(replay(other, await workflowBundle()));
  });
});

/** Replays a history without any server. @throws DeterminismViolationError */
async function replay(history: string, workflowBundle: WorkflowBundle): Promise<void> {
  await Worker.runReplayHistory({ workflowBundle }, JSON.parse(history));
}
