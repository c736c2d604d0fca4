import { Client, Connection } from '@temporalio/client';
import pino from 'pino';
import { createApp } from '../src/api/app.ts';
import { listen } from '../src/api/http-server.ts';
import { openDatabase } from '../src/persistence/database.ts';
import { announce, settingsOf } from './child.ts';

// Earmark's API over a database of its own, whose rows were made by SQL: the books of the others have no part in them.

const { databaseUrl, temporalAddress } = settingsOf() as {
  readonly databaseUrl: string;
  readonly temporalAddress: string;
};
const log = pino({ level: 'warn' });
const app = createApp({
  client: new Client({ connection: Connection.lazy({ address: temporalAddress }) }),
  taskQueue: 'bench-lists',
  config: { currency: 'USD', holdSeconds: 600, holdMaxFactor: 3 },
  wake: async () => undefined,
  access: 'open',
  db: openDatabase({ url: databaseUrl, name: 'bench lists' }),
  log,
});
const { port } = await listen(app.callback(), { host: '127.0.0.1', port: 0, log });
announce(`http://127.0.0.1:${port}`);
