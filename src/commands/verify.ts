import type { Command } from 'commander';
import { assertSchema } from '../assert-schema.ts';
import { presentChecked, presentFinding } from '../api/schemas/findings.ts';
import { loadConfig } from '../config.ts';
import { checkBooks, ruleMs } from '../persistence/books/check.ts';
import { openDatabase } from '../persistence/database.ts';
import { resolveDatabase } from '../stack/addresses.ts';
import { closingLine, findingLines, nextStepLines } from './finding-lines.ts';

/** `earmark verify`: looks whether stock, orders, reservations, the audit log and the ledger agree. */
export function addVerifyCommand(program: Command): void {
  program
    .command('verify')
    .summary('look whether stock, orders, reservations, the audit log and the ledger agree')
    .description(
      'Looks whether stock levels, orders, reservations and the audit log agree: each row is what its audit entries add up to, ' +
        'they do not contradict one another, and each level and reservation is where the ledger has brought it. It reads one snapshot of the database, so it is exact while others work, and it ' +
        'changes and locks nothing. The exit code is 1 when there is a finding. earmark reconcile also asks Temporal, and repairs. ' +
        'Uses EARMARK_WORKER_DATABASE_URL, or else DATABASE_URL, or else the stack that runs in EARMARK_DATA_DIR.',
    )
    .option('--json', 'print one JSON document', false)
    .action(async ({ json }: { readonly json: boolean }) => {
      const config = loadConfig();
      const url = await resolveDatabase(config, 'worker');
      const db = openDatabase({ url, poolMax: 1, name: 'earmark verify', statementMs: ruleMs });
      try {
        await assertSchema(db);
        const report = await checkBooks(db);
        const { findings } = report;
        if (json) {
          const checked = presentChecked(report);
          console.log(JSON.stringify({ checked, findings: findings.map(presentFinding) }));
        } else {
          const lines = [...findingLines(findings), closingLine(report, findings.length), ...nextStepLines(findings)];
          for (const line of lines) console.log(line);
        }
        if (findings.length > 0) process.exitCode = 1;
      } finally {
        await db.destroy();
      }
    });
}
