import { defaultGrpcRetryOptions, makeGrpcRetryInterceptor, type ConnectionOptions } from '@temporalio/client';

/** How the API's connection to Temporal behaves when the server does not answer. */
export const connectionOptions = {
  // After an outage the defaults keep the connection unusable for half a minute more.
  channelArgs: { 'grpc.initial_reconnect_backoff_ms': 200, 'grpc.max_reconnect_backoff_ms': 1_000 },
  // A steady beat: with the usual growing pauses, a call notices only seconds later that its deadline has passed.
  interceptors: [
    makeGrpcRetryInterceptor(defaultGrpcRetryOptions({ factor: 1, initialIntervalMs: () => 150, maxAttempts: 100 })),
  ],
} satisfies ConnectionOptions;
