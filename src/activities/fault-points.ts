import { ApplicationFailure } from '@temporalio/common';

/** Called between what an activity commits and its answer, where tests of faults let things go wrong. */
export type ReachCommitted<Name extends string> = (point: `${Name}.committed`) => void;

/** Puts a fault point behind each activity. A refusal is an answer too: by then it is committed. What failed otherwise has none. */
export function withFaultPoints<A extends object>(activities: A, reach: ReachCommitted<keyof A & string>): A {
  const wrapped = Object.entries(activities).map(([name, activity]) => [
    name,
    async (input: never) => {
      const point = `${name as keyof A & string}.committed` as const;
      try {
        const answer = await (activity as (input: never) => Promise<unknown>)(input);
        reach(point);
        return answer;
      } catch (error) {
        if (error instanceof ApplicationFailure) reach(point);
        throw error;
      }
    },
  ]);
  return Object.fromEntries(wrapped) as A;
}
