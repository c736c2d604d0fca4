import { defaultPayloadConverter, type Payload, type PayloadConverter } from '@temporalio/common';

/**
 * The SDK's converter, except that what cannot be read becomes `undefined`, which no handler accepts. Anybody may send a signal:
 * with an error from here the workflow's task would be tried for ever and the hold would never end.
 */
export const payloadConverter: PayloadConverter = {
  toPayload: (value) => defaultPayloadConverter.toPayload(value),
  fromPayload: ((payload: Payload): unknown => {
    try {
      return defaultPayloadConverter.fromPayload(payload);
    } catch {
      return undefined;
    }
  }) as PayloadConverter['fromPayload'],
};
