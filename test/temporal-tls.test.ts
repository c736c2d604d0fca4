import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import pino from 'pino';
import { describeError } from '../src/commands/describe-error.ts';
import { withServers } from '../src/commands/with-servers.ts';
import { environmentWith, loadConfig } from '../src/config.ts';
import { runServer } from '../src/server.ts';
import { connectWorker } from '../src/worker.ts';
import { cleanupScheduleId, orderWorkflowId, reconcileScheduleId } from '../src/workflows/messages.ts';
import { entry } from './support/entry.ts';
import { certificateAuthority } from './support/certificates.ts';
import { runCli } from './support/cli.ts';
import { send } from './support/http.ts';
import { stockedProduct } from './support/orders.ts';
import { freshDatabase, type FreshDatabase } from './support/postgres.ts';
import { devServer, type DevServer } from './support/temporal.ts';
import { temporaryFolder } from './support/temporary-folder.ts';
import { startTlsFront, type TlsFront } from './support/tls-front.ts';
import { until } from './support/until.ts';

const log = pino({ level: 'silent' });
const apiKey = 'tmprl-key-of-this-test';
const wrongKey = 'tmprl-wrong-key-of-this-test';
const [permissionDenied, unauthenticated] = [7, 16];

type Variables = Readonly<Record<string, string>>;

describe('A Temporal behind TLS', function () {
  // The client of the API tries for 10 s before it gives up; only then it is found out why.
  this.timeout(60_000);

  let dev: DevServer;
  let database: FreshDatabase;
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let front: TlsFront;
  /** The same for those who must not get as far as a call. */
  let unheard: TlsFront;
  const more: TlsFront[] = [];
  /** The variables that let a process in. */
  let good: Variables;
  /** Those that do not, by what is wrong with them. */
  let bad: Readonly<Record<string, Variables>>;
  /** What the API, a worker and a command say who have one of these. */
  let said: ReadonlyMap<string, { readonly api: string; readonly worker: string; readonly command: string }>;
  let inline: Variables;

  before(async () => {
    dev = await devServer();
    database = await freshDatabase();
    folder = await temporaryFolder();
    const authority = await certificateAuthority('Authority of this test');
    const stranger = await certificateAuthority('Another authority');
    const server = await authority.forServer();
    const client = await authority.forClient('earmark');
    const strangers = await stranger.forClient('earmark');
    const mutual = { to: dev.address, server, clientAuthority: authority.cert };
    front = await startTlsFront({ ...mutual, apiKey });
    unheard = await startTlsFront({ ...mutual, apiKey });
    const keyless = { to: dev.address, server, apiKey, greetsAll: true };
    const [denying, asking] = await Promise.all([
      startTlsFront({ ...keyless, refusal: permissionDenied }),
      startTlsFront({ ...keyless, refusal: unauthenticated }),
    ]);
    more.push(denying, asking);

    const file = async (name: string, text: string): Promise<string> => {
      await writeFile(path.join(folder.path, name), text);
      return path.join(folder.path, name);
    };
    const known = { TEMPORAL_TLS_SERVER_CA_CERT_PATH: await file('ca.pem', authority.cert) };
    const certificate = {
      TEMPORAL_TLS_CLIENT_CERT_PATH: await file('client.pem', client.cert),
      TEMPORAL_TLS_CLIENT_KEY_PATH: await file('client.key', client.key),
    };
    const here = { TEMPORAL_ADDRESS: front.address, TEMPORAL_TLS: 'true', TEMPORAL_API_KEY: apiKey };
    good = { ...here, ...known, ...certificate };
    inline = {
      ...here,
      TEMPORAL_TLS_SERVER_CA_CERT_DATA: authority.cert,
      TEMPORAL_TLS_CLIENT_CERT_DATA: client.cert,
      TEMPORAL_TLS_CLIENT_KEY_DATA: client.key,
    };
    const elsewhere = { ...here, TEMPORAL_ADDRESS: unheard.address };
    bad = {
      'no client certificate': { ...elsewhere, ...known },
      'a strange client certificate': {
        ...elsewhere,
        ...known,
        TEMPORAL_TLS_CLIENT_CERT_DATA: strangers.cert,
        TEMPORAL_TLS_CLIENT_KEY_DATA: strangers.key,
      },
      'no authority': { ...elsewhere, ...certificate },
      'a strange authority': { ...elsewhere, ...certificate, TEMPORAL_TLS_SERVER_CA_CERT_DATA: stranger.cert },
      'another name': { ...good, ...elsewhere, TEMPORAL_TLS_SERVER_NAME: 'orders.example' },
      'a wrong key': { ...good, TEMPORAL_API_KEY: wrongKey },
      'a wrong key, denied late': { ...here, ...known, TEMPORAL_ADDRESS: denying.address, TEMPORAL_API_KEY: wrongKey },
      'a wrong key, asked for late': {
        ...here,
        ...known,
        TEMPORAL_ADDRESS: asking.address,
        TEMPORAL_API_KEY: wrongKey,
      },
      'no key': { TEMPORAL_ADDRESS: asking.address, ...known },
      'no TLS': { TEMPORAL_ADDRESS: unheard.address },
      'TLS and a server without': { TEMPORAL_ADDRESS: dev.address, TEMPORAL_API_KEY: apiKey },
      'an address where nobody is': { ...good, TEMPORAL_ADDRESS: '127.0.0.1:1' },
      'a namespace that is not there': { ...good, TEMPORAL_NAMESPACE: 'no-such-namespace' },
    };
    // All at once: most of them take the patience of a client.
    said = new Map(
      await Promise.all(Object.entries(bad).map(async ([what, env]) => [what, await refusals(what, env)] as const)),
    );
  });
  after(async () => {
    for (const one of [front, unheard, ...more]) await one.stop();
    await folder.remove();
    await database.drop();
  });

  const partsOf = (env: Variables) => {
    const config = loadConfig({ PORT: '0', EARMARK_AUTH: 'open', ...env });
    return { config, servers: { databaseUrl: database.url, temporalAddress: config.temporal.address ?? '' }, log };
  };

  async function refusals(what: string, env: Variables) {
    const parts = partsOf(env);
    const lineOf = async (name: string, start: Promise<unknown>): Promise<string> => {
      const error: unknown = await start.then(
        () => assert.fail(`${name} came up with ${what}`),
        (thrown: unknown) => thrown,
      );
      return describeError(error);
    };
    const [api, worker, command] = await Promise.all([
      lineOf('The API', runServer(parts)),
      lineOf('A worker', connectWorker(parts.config, parts.servers.temporalAddress)),
      lineOf(
        'A command',
        withServers(parts, { poolMax: 1 }, async () => undefined),
      ),
    ]);
    return { api, worker, command };
  }

  /** Demands that all three say the same. */
  function allSay(what: string, expected: RegExp): void {
    const lines = said.get(what);
    for (const name of ['api', 'worker', 'command'] as const) assert.match(lines?.[name] ?? '', expected, name);
  }

  it('takes orders and confirmations by mTLS with an API key, which comes with every call of clients and workers', async () => {
    const { id: product_id } = await stockedProduct(database.db);
    const calls = (): TlsFront['calls'] => front.calls.slice(before);
    const before = front.calls.length;
    const methods = (): Set<string | undefined> => new Set(calls().map((call) => call.path.split('/').at(-1)));
    const env = environmentWith({ ...good, DATABASE_URL: database.url });
    const worker = spawn(process.execPath, [...entry(), 'worker'], { stdio: 'ignore', env });
    try {
      await until(() => methods().has('PollActivityTaskQueue'), 40_000);
      const server = await runServer(partsOf(good));
      try {
        const post = (to: string, body: object) =>
          send<{ readonly id: string; readonly status: string }>(server.url, 'POST', to, { body });
        const placed = await post('/api/create-order/', { product_id, quantity: 2 });
        const { id, status } = placed.json.data;
        assert.deepEqual([placed.status, status], [201, 'pending'], placed.text);
        const confirmed = await post(`/api/orders/${id}/transition/`, { new_status: 'confirmed' });
        assert.deepEqual([confirmed.status, confirmed.json.data.status], [200, 'confirmed'], confirmed.text);
        const open = await withServers(partsOf(good), { poolMax: 1 }, ({ client }) =>
          client.workflow.getHandle(orderWorkflowId(id)).describe(),
        );
        assert.equal(open.status.name, 'RUNNING');
        await dev.client.workflow.getHandle(orderWorkflowId(id)).terminate('the test is over');
      } finally {
        await server.stop();
      }
    } finally {
      const ended = once(worker, 'exit');
      worker.kill();
      await ended;
      for (const id of [cleanupScheduleId, reconcileScheduleId]) await dev.client.schedule.getHandle(id).delete();
    }
    const needed = ['ExecuteMultiOperation', 'UpdateWorkflowExecution', 'PollWorkflowTaskQueue', 'CreateSchedule'];
    assert.deepEqual(
      needed.filter((method) => !methods().has(method)),
      [],
    );
    assert.deepEqual([...new Set(calls().map(({ authorization }) => authorization))], [`Bearer ${apiKey}`]);
  });

  it('takes certificates that are the text of variables', async () => {
    assert.equal(await withServers(partsOf(inline), { poolMax: 1 }, async () => 'connected'), 'connected');
  });

  it('is told in one line that never shows a key', () => {
    assert.equal(said.size, Object.keys(bad).length);
    for (const [what, lines] of said) {
      for (const line of Object.values(lines)) {
        assert.match(line, /^[^\n]+$/, what);
        assert.doesNotMatch(line, new RegExp(`${apiKey}|${wrongKey}`), what);
      }
    }
  });

  it('asks for a client certificate: the line names the variables', () => {
    const variables = 'TEMPORAL_TLS_CLIENT_CERT_PATH and TEMPORAL_TLS_CLIENT_KEY_PATH';
    allSay(
      'no client certificate',
      new RegExp(`^Temporal at localhost:\\d+ asks for a client certificate\\. Set ${variables}\\.$`),
    );
  });

  it('turns away a client certificate of another authority', () => {
    allSay(
      'a strange client certificate',
      /^Temporal at localhost:\d+ does not take the client certificate\. Check TEMPORAL_TLS_CLIENT_CERT_PATH/,
    );
  });

  it('is not believed with a certificate of an authority that is not known here, nor with one for another name', () => {
    const line =
      /^The certificate of Temporal at localhost:\d+ is of an authority that is not known here\. .*TEMPORAL_TLS_SERVER_CA_CERT_PATH\.$/;
    allSay('no authority', line);
    allSay('a strange authority', line);
    allSay(
      'another name',
      /^The certificate of Temporal at localhost:\d+ is for another name\. .*TEMPORAL_TLS_SERVER_NAME\.$/,
    );
  });

  it('gets no call, and so no key, from whoever does not believe its certificate or whose certificate it does not take', () => {
    assert.deepEqual(unheard.calls, []);
  });

  it('turns away a wrong API key, also if it greets everybody first, as Temporal does', () => {
    const line =
      /^Temporal at localhost:\d+ does not let this process into the namespace default\. Check TEMPORAL_NAMESPACE and TEMPORAL_API_KEY\.$/;
    for (const what of ['a wrong key', 'a wrong key, denied late', 'a wrong key, asked for late']) allSay(what, line);
    allSay(
      'no key',
      /into the namespace default\. Check TEMPORAL_NAMESPACE and set TEMPORAL_API_KEY, or TEMPORAL_TLS_CLIENT_CERT_PATH/,
    );
  });

  it('and one without are told apart', () => {
    allSay(
      'no TLS',
      /^Temporal at localhost:\d+ wants TLS\. Set TEMPORAL_TLS=true, and TEMPORAL_TLS_SERVER_CA_CERT_PATH/,
    );
    allSay(
      'TLS and a server without',
      /^Temporal at \S+ speaks no TLS\. Correct TEMPORAL_ADDRESS, or take TEMPORAL_API_KEY/,
    );
  });

  it('is told from one that is not there, and from one that lacks the namespace', () => {
    allSay(
      'a namespace that is not there',
      /^Temporal at \S+ has no namespace no-such-namespace\. .*TEMPORAL_NAMESPACE\.$/,
    );
    const { api = '', worker = '', command = '' } = said.get('an address where nobody is') ?? {};
    assert.equal(api, 'Temporal does not answer at 127.0.0.1:1. Start it, or correct TEMPORAL_ADDRESS.');
    for (const line of [worker, command]) assert.match(line, /^Temporal cannot be reached .*TEMPORAL_ADDRESS/);
  });

  it('that takes the key no more makes a running API say that it is not ready, with the key in none of its lines', async () => {
    const { id: product_id } = await stockedProduct(database.db);
    const lines: string[] = [];
    const server = await runServer({
      ...partsOf(good),
      log: pino({ level: 'trace' }, { write: (line) => void lines.push(line) }),
    });
    try {
      front.demand('another-key');
      const body = { product_id, quantity: 1 };
      const { status, text } = await send(server.url, 'POST', '/api/create-order/', { body });
      const ready = await send(server.url, 'GET', '/readyz');
      assert.deepEqual([status, ready.status], [500, 503]);
      // Who runs it finds the reason where the answer sends them.
      assert.match(lines.join(''), /UNAUTHENTICATED: Request unauthorized/);
      for (const line of [text, ...lines]) assert.doesNotMatch(line, new RegExp(apiKey));
    } finally {
      front.demand(apiKey);
      await server.stop();
    }
  });

  it('that turns them away ends earmark api, worker and reconcile with exit code 1 and one line', async () => {
    const env = { ...bad['a wrong key'], DATABASE_URL: database.url, PORT: '0', EARMARK_AUTH: 'open' };
    const runs = await Promise.all(['api', 'worker', 'reconcile'].map((command) => runCli([command], env)));
    for (const { exitCode, stdout, stderr } of runs) {
      assert.deepEqual([exitCode, stderr.length], [1, 1], stderr.join('\n'));
      assert.match(stderr[0] ?? '', /^earmark: Temporal at \S+ does not let this process into the namespace default\./);
      assert.doesNotMatch(stdout.join('\n'), new RegExp(wrongKey));
    }
  });
});
