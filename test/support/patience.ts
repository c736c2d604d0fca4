/**
 * Does something again for as long as it did not get its locks in time, as a worker does: on a slow machine many wait one behind the
 * other. Nothing was written then. A deadlock is thrown, like every other error.
 */
export async function patiently<T>(work: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === lockTimeout)) throw error;
    }
  }
}

const lockTimeout = '55P03';
