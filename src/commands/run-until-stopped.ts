/** Something that runs until it is told to stop. */
export interface Service {
  stop(): Promise<void>;
  /** Settles when it ends by itself: with a reason, or by rejecting. */
  readonly failed?: Promise<string>;
}

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** A terminal sends Ctrl-C to every process and npm passes it on once more: that is one Ctrl-C. */
const sameRequestMs = 500;

/**
 * Starts a service and keeps it running until a signal, the end of the parent that started this process over an IPC
 * channel, or its own failure; then drains it. A second signal ends the process at once.
 *
 * @param start may be told to stop before it has come up
 * @throws what `start` or `stop` throws, and an Error with the reason when the service failed
 */
export async function runUntilStopped(start: (stopRequested: AbortSignal) => Promise<Service>): Promise<void> {
  await runUnlessStopped(async (stopRequested) => {
    const requested = new Promise<void>((resolve) => {
      stopRequested.addEventListener('abort', () => resolve(), { once: true });
    });
    const service = await start(stopRequested);
    const failure = await Promise.race([requested, service.failed ?? requested]);
    await service.stop();
    if (failure !== undefined) throw new Error(failure);
  });
}

/**
 * Does some work to its end, or until a signal, or the end of the parent that started this process over an IPC channel. A
 * second signal ends the process at once.
 *
 * @param work rejects with the reason of the signal it gets when it was stopped
 * @returns whether it came to its end
 * @throws what `work` throws otherwise
 */
export async function runUnlessStopped(work: (stopRequested: AbortSignal) => Promise<void>): Promise<boolean> {
  const request = new AbortController();
  let requestedAt: number | undefined;
  const onSignal = (): void => {
    if (requestedAt !== undefined && Date.now() - requestedAt > sameRequestMs) process.exit(1);
    requestedAt ??= Date.now();
    request.abort();
  };
  for (const signal of signals) process.on(signal, onSignal);
  const onDisconnect = (): void => request.abort();
  process.once('disconnect', onDisconnect);

  try {
    await work(request.signal);
    return true;
  } catch (error) {
    // What was told to stop has stopped: that is no failure.
    if (error !== request.signal.reason) throw error;
    return false;
  } finally {
    for (const signal of signals) process.off(signal, onSignal);
    process.off('disconnect', onDisconnect);
    if (process.connected) process.disconnect();
  }
}
