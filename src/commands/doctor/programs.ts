import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Config } from '../../config.ts';
import { packageInfo } from '../../api/package-info.ts';
import { postgresPackage } from '../../stack/postgres-binaries.ts';
import { findTemporalCli } from '../../stack/temporal-binary.ts';
import { diagnose, ok, problem, warning, type Diagnosis, type Verdict } from './diagnosis.ts';

/** Looks at what runs on this machine: Node, Earmark, and the programs of the embedded servers. */
export function examinePrograms(config: Config): Promise<Diagnosis[]> {
  const { version, engines } = packageInfo();
  return Promise.all([
    diagnose('Earmark', () => ok(version)),
    diagnose('Node', () => judgeNode(process.versions.node, engines.node)),
    diagnose('Postgres program', () => judgePostgres(config)),
    diagnose('Temporal CLI', () => judgeTemporal(config)),
  ]);
}

/** @param wanted such as `>=20.19` */
export function judgeNode(version: string, wanted: string): Verdict {
  const [has, needs] = [version, wanted].map((text) => text.replace(/^\D*/, '').split('.').map(Number));
  const [major = 0, minor = 0] = has ?? [];
  const [leastMajor = 0, leastMinor = 0] = needs ?? [];
  if (major > leastMajor || (major === leastMajor && minor >= leastMinor)) return ok(`${version} (${wanted})`);
  return problem(`${version} is too old. Install Node ${wanted}.`);
}

function judgePostgres({ databaseUrl }: Config): Verdict {
  if (databaseUrl !== undefined) return ok('not needed: DATABASE_URL is set');
  const { folder, version } = postgresPackage();
  const program = path.join(folder, 'native', 'bin', 'postgres');
  return existsSync(program) ? ok(`${version}, ${program}`) : problem(`${program} is missing. Run npm ci.`);
}

async function judgeTemporal({ temporal, temporalCli, cacheDir }: Config): Promise<Verdict> {
  if (temporal.address !== undefined) return ok('not needed: TEMPORAL_ADDRESS is set');
  const found = await findTemporalCli(temporalCli, { cacheDir });
  if (found !== undefined) return ok(`${found.version}, ${found.file}`);
  return warning(
    `not in ${cacheDir} yet. The first earmark start downloads it (45 MB): be connected to the internet then.`,
  );
}
