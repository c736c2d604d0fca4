import { tearDown } from '../support/teardown.ts';
import { form } from './form.ts';
import { soak } from './soak.ts';
import { sharedSystem } from './system.ts';

// `npm run test:soak`: a shop under steady load for half an hour (SOAK_MINUTES), in which nothing may grow.

const minutes = Number(process.env['SOAK_MINUTES'] ?? 30);

try {
  const { comparisons, snapshots, contradictions, answers } = await soak(await sharedSystem(), minutes);
  console.table(comparisons);
  const worst = Math.max(...answers.map(({ askedAt, answeredAt }) => answeredAt - askedAt));
  const failed = answers.filter(({ status }) => status === 0 || status >= 500).length;
  console.log(
    `seed ${form.seed}, ${minutes} minutes, ${answers.length} requests, ${failed} without an answer or 5xx, worst ${worst} ms`,
  );
  console.log(`${snapshots} snapshots of the books, ${contradictions.length} contradictions`);
  if (contradictions.length > 0 || comparisons.some(({ grows }) => grows)) process.exitCode = 1;
} finally {
  await tearDown();
}
