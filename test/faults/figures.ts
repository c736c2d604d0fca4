import { appendFileSync } from 'node:fs';
import type { Exchange } from './caller.ts';
import { form } from './form.ts';

interface Measured {
  readonly name: string;
  readonly seed: number;
  readonly exchanges: readonly Exchange[];
  readonly snapshots: number;
  readonly healedAt: number;
  /** Milliseconds from healing until everything was decided and no hold was overdue. */
  readonly settledMs: number;
}

/** Prints what a scenario measured, and appends it as a line of JSON to the file that FAULTS_FIGURES names. */
export function report({ name, seed, exchanges, snapshots, healedAt, settledMs }: Measured): void {
  const answers = exchanges.map(({ answer }) => answer);
  const counts = new Map<number, number>();
  for (const { status } of answers) counts.set(status, (counts.get(status) ?? 0) + 1);
  const placedAt = answers.filter(({ status }) => status === 201).map(({ answeredAt }) => answeredAt);
  const gaps = placedAt.toSorted((a, b) => a - b).map((at, index, all) => at - (all[index - 1] ?? at));
  const again = answers.filter(({ status, askedAt }) => status === 201 && askedAt >= healedAt);
  const figures = {
    name,
    form: form.name,
    seed,
    requests: answers.length,
    answers: Object.fromEntries([...counts].toSorted(([a], [b]) => a - b)),
    snapshots,
    worstAnswerMs: Math.max(0, ...answers.map(({ askedAt, answeredAt }) => answeredAt - askedAt)),
    longestWithoutOrderMs: Math.max(0, ...gaps),
    firstOrderAfterHealingMs: Math.min(...again.map(({ answeredAt }) => answeredAt - healedAt)),
    settledMs,
  };
  console.log(`      ${JSON.stringify(figures)}`);
  if (form.figuresFile !== undefined) appendFileSync(form.figuresFile, `${JSON.stringify(figures)}\n`);
}
