import assert from 'node:assert/strict';
import { actionsIn } from '../../bench/history.ts';

describe('the actions of a history', () => {
  it('are one each for start, update, signal, timer, search attributes and activity', () => {
    const events = [
      { workflowExecutionStartedEventAttributes: {} },
      { workflowExecutionUpdateAcceptedEventAttributes: {} },
      { activityTaskScheduledEventAttributes: {} },
      { activityTaskStartedEventAttributes: { attempt: 1 } },
      {},
      { upsertWorkflowSearchAttributesEventAttributes: {} },
      { timerStartedEventAttributes: {} },
      { workflowExecutionSignaledEventAttributes: {} },
    ];
    assert.equal(actionsIn(events), 6);
  });

  it('count every attempt of an activity', () => {
    const events = [
      { activityTaskScheduledEventAttributes: {} },
      { activityTaskStartedEventAttributes: { attempt: 3 } },
    ];
    assert.equal(actionsIn(events), 3);
  });

  it('count the local activities of one workflow task once', () => {
    const local = (task: number) => ({
      markerRecordedEventAttributes: { markerName: 'core_local_activity', workflowTaskCompletedEventId: task },
    });
    assert.equal(actionsIn([local(4), local(4), local(9)]), 2);
  });
});
