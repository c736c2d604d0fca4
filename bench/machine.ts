import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import os from 'node:os';
import { fileURLToPath } from 'node:url';
import type { Systems } from './systems.ts';

/** Where a run was made. */
export function describeMachine() {
  const cpus = os.cpus();
  return {
    cpu: cpus[0]?.model.trim() ?? 'unknown',
    cores: cpus.length,
    memoryGb: Number((os.totalmem() / 2 ** 30).toFixed(1)),
    os: `${os.type()} ${os.release()} ${os.arch()}`,
    node: process.version,
    /** Of the last minute before the run: another program that works meanwhile is in the figures. */
    loadBefore: Number(os.loadavg()[0]?.toFixed(2)),
  };
}

/** What was measured. */
export async function describeVersions(systems: Systems) {
  const [earmark] = systems.of(['earmark']);
  const postgres = await earmark?.db.raw<{ rows: { version: string }[] }>(
    `SELECT current_setting('server_version') AS version`,
  );
  const info = await earmark?.temporal?.client.workflowService.getSystemInfo({});
  return {
    commit: git('rev-parse', 'HEAD'),
    changed: git('status', '--porcelain', '--', 'src', 'migrations') !== '',
    postgres: postgres?.rows[0]?.version,
    temporal: info?.serverVersion,
    sdk: sdkVersion(),
  };
}

function sdkVersion(): string {
  const file = fileURLToPath(import.meta.resolve('@temporalio/client/package.json'));
  return (JSON.parse(readFileSync(file, 'utf8')) as { readonly version: string }).version;
}

function git(...args: string[]): string | null {
  try {
    const cwd = fileURLToPath(new URL('..', import.meta.url));
    return execFileSync('git', args, { cwd, stdio: ['ignore', 'pipe', 'ignore'] })
      .toString()
      .trim();
  } catch {
    return null;
  }
}
