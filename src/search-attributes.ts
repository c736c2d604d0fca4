import { isGrpcServiceError, type Connection } from '@temporalio/client';
import { searchAttributes } from './workflows/messages.ts';

/** Thrown when the namespace lacks what workflows need; the message is one line that says what to do. */
export class SearchAttributesMissing extends Error {
  override readonly name = 'SearchAttributesMissing';
}

/** A client's connection, or a worker's. */
type OperatorConnection = Pick<Connection, 'operatorService' | 'withDeadline'>;

/** temporal.api.enums.v1.IndexedValueType, by the names the command line uses. */
const valueTypes = { Keyword: 2, Double: 4, KeywordList: 7 } as const;

/** Servers that do not list search attributes to clients: the time-skipping test server, Temporal Cloud. */
const notListed = { UNIMPLEMENTED: 12, PERMISSION_DENIED: 7 } as const;

const patience = 5_000;

/**
 * Demands that the search attributes of our workflows are registered: the server would retry a workflow task for ever that
 * sets another one. A server that does not tell is trusted.
 * @throws SearchAttributesMissing naming those that are missing and the command that registers them
 */
export async function assertSearchAttributes(connection: OperatorConnection, namespace: string): Promise<void> {
  const registered = await listRegistered(connection, namespace);
  if (!registered) return;
  const missing = Object.entries(searchAttributes).filter(([name, type]) => registered[name] !== valueTypes[type]);
  if (missing.length === 0) return;
  const flags = missing.map(([name, type]) => `--name ${name} --type ${type}`);
  throw new SearchAttributesMissing(
    `The Temporal namespace ${namespace} lacks the search attribute${missing.length === 1 ? '' : 's'} ` +
      `${missing.map(([name]) => name).join(', ')}. Run: temporal operator search-attribute create ` +
      `--namespace ${namespace} ${flags.join(' ')}`,
  );
}

async function listRegistered(
  connection: OperatorConnection,
  namespace: string,
): Promise<Record<string, unknown> | undefined> {
  try {
    const { customAttributes } = await connection.withDeadline(Date.now() + patience, () =>
      connection.operatorService.listSearchAttributes({ namespace }),
    );
    return customAttributes ?? {};
  } catch (error) {
    if (isGrpcServiceError(error) && Object.values<number>(notListed).includes(error.code)) return undefined;
    throw error;
  }
}
