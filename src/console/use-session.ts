import { useEffect } from 'preact/hooks';
import { ask } from './client/ask.ts';
import { Refused } from './client/problem.ts';
import { connection } from './client/live.ts';
import { session, type Session } from './client/session.ts';

/** Milliseconds until somebody who does not answer is asked again. */
const patience = 1_000;

/** Finds out who looks at the console, and tries until the server has said. */
export function useSession(): void {
  useEffect(() => {
    let timer: number | undefined;
    const find = async (): Promise<void> => {
      try {
        const { data } = await ask<Session>('GET', '/api/session/');
        connection.set('connecting');
        session.set(data);
      } catch (error) {
        if (error instanceof Refused && error.problem.code === 'unauthenticated') {
          connection.set('connecting');
          return session.set(null);
        }
        connection.set('down');
        timer = window.setTimeout(() => void find(), patience);
      }
    };
    void find();
    return () => window.clearTimeout(timer);
  }, []);
}

/**
 * Signs in with an API key; from then on a cookie says who it is, which no script can read.
 * @throws as {@link ask}
 */
export async function signIn(key: string): Promise<void> {
  await ask('POST', '/api/session/', { body: { key } });
  const { data } = await ask<Session>('GET', '/api/session/');
  session.set(data);
}

/** @throws as {@link ask} */
export async function signOut(): Promise<void> {
  await ask('DELETE', '/api/session/');
  session.set(null);
}
