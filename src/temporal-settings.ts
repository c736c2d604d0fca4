import { createPrivateKey, X509Certificate } from 'node:crypto';
import { loadClientConfigProfile, toClientOptions, type ClientConfigProfile } from '@temporalio/envconfig';
import type { NativeConnectionOptions } from '@temporalio/worker';
import { isLoopback } from './loopback.ts';

/** What `Connection.connect` and `NativeConnection.connect` take besides the address. */
export interface TemporalConnectionSettings {
  readonly tls?: NonNullable<NativeConnectionOptions['tls']>;
  readonly apiKey?: string;
  readonly metadata?: Record<string, string>;
}

/** Which Temporal is used, and how it is reached. */
export interface TemporalSettings {
  /** An external Temporal, `host:port`; unset means the embedded dev server. */
  readonly address?: string;
  readonly namespace: string;
  readonly connection: TemporalConnectionSettings;
}

const fallback = { namespace: 'default', connection: {} } as const;

/**
 * Reads the TEMPORAL_* variables as Temporal's own clients do, and refuses what those would take in silence: a key that goes over the
 * network in clear, half a client certificate, a switch that they would read as off.
 *
 * @param given the environment without its empty variables
 * @param problems gets a line for each thing that is wrong
 */
export function temporalSettings(given: Record<string, string>, problems: string[]): TemporalSettings {
  try {
    const profile = loadClientConfigProfile({
      overrideEnvVars: given,
      // Without an explicit file, ~/.config/temporalio could silently point the stack at some other cluster.
      disableFile: given['TEMPORAL_CONFIG_FILE'] === undefined,
    });
    const { address, tls, apiKey, metadata } = toClientOptions(profile).connectionOptions;
    const namespace = profile.namespace ?? fallback.namespace;
    // The embedded server has neither TLS nor keys: settings meant for another one must not reach it.
    if (address === undefined) return { namespace, connection: {} };
    if (!/^[^\s/]+$/.test(address)) {
      problems.push(`TEMPORAL_ADDRESS must look like host:7233, but it is ${JSON.stringify(address)}.`);
    }
    const connection = {
      ...(tls === undefined || tls === null ? {} : { tls }),
      ...(typeof apiKey === 'string' ? { apiKey } : {}),
      ...(metadata === undefined ? {} : { metadata: metadata as Record<string, string> }),
    };
    problems.push(
      ...switchProblems(given),
      ...credentialProblems(connection),
      ...inClear(hostOf(address), connection),
      ...certificateProblems(profile, connection),
    );
    return { address, namespace, connection };
  } catch (error) {
    problems.push(`The TEMPORAL_* variables cannot be used: ${error instanceof Error ? error.message : String(error)}`);
    return fallback;
  }
}

/** The host of `host:port`, without the brackets of an IPv6 address. */
export function hostOf(address: string): string {
  return address.replace(/:\d+$/, '').replace(/^\[|\]$/g, '');
}

/** Temporal's clients take every other word for "off": TEMPORAL_TLS=yes would switch TLS off. */
function switchProblems(given: Record<string, string>): string[] {
  const wrong: string[] = [];
  const tls = given['TEMPORAL_TLS'];
  if (tls !== undefined && !['true', '1', 'false', '0'].includes(tls)) {
    wrong.push(`TEMPORAL_TLS must be true or false, but it is ${JSON.stringify(tls)}.`);
  }
  if (['true', '1'].includes(given['TEMPORAL_TLS_DISABLE_HOST_VERIFICATION'] ?? '')) {
    wrong.push(
      'TEMPORAL_TLS_DISABLE_HOST_VERIFICATION cannot be had: certificates are always checked. Take it away, and set ' +
        'TEMPORAL_TLS_SERVER_CA_CERT_PATH or TEMPORAL_TLS_SERVER_NAME.',
    );
  }
  return wrong;
}

/** What does not fit into a header would come out in the error of the client, with the key in it: often a line end at its end. */
function credentialProblems({ apiKey, metadata = {} }: TemporalConnectionSettings): string[] {
  const wrong: string[] = [];
  if (apiKey !== undefined && !/^[\x21-\x7e]+$/.test(apiKey)) {
    wrong.push('TEMPORAL_API_KEY must be visible ASCII characters without spaces and line ends.');
  }
  for (const [name, value] of Object.entries(metadata)) {
    if (!/^[\x20-\x7e]*$/.test(value) || !/^[\w.-]+$/.test(name)) {
      wrong.push(`TEMPORAL_GRPC_META_… (${JSON.stringify(name)}) must be printable ASCII characters on one line.`);
    }
  }
  return wrong;
}

/** An API key means TLS unless it is switched off; then the key would be there to read for everybody on the way. */
function inClear(host: string, { tls, apiKey, metadata = {} }: TemporalConnectionSettings): string[] {
  const secret = Object.keys(metadata).find((name) => /authorization|key|token|secret|cookie/i.test(name));
  if ((apiKey === undefined && secret === undefined) || (tls !== undefined && tls !== false) || isLoopback(host))
    return [];
  const name =
    apiKey !== undefined || secret === undefined
      ? 'TEMPORAL_API_KEY'
      : `TEMPORAL_GRPC_META_${secret.toUpperCase().replaceAll('-', '_')}`;
  return [
    `${name} would be sent to ${host} in clear. Set TEMPORAL_TLS to true, or take the key away; without TLS it goes to this ` +
      'machine alone.',
  ];
}

/** Half a client certificate would be left out in silence, and what is none would fail in the middle of a connection. */
function certificateProblems({ tls: given }: ClientConfigProfile, { tls }: TemporalConnectionSettings): string[] {
  if (typeof tls !== 'object') return [];
  if ((given?.clientCert === undefined) !== (given?.clientKey === undefined)) {
    const [there, missing] = given?.clientKey === undefined ? ['CERT', 'KEY'] : ['KEY', 'CERT'];
    return [
      `TEMPORAL_TLS_CLIENT_${there}_… is set without TEMPORAL_TLS_CLIENT_${missing}_…. A client certificate takes both.`,
    ];
  }
  const wrong: string[] = [];
  const { serverRootCACertificate: authority, clientCertPair: pair } = tls;
  if (authority && !read(() => new X509Certificate(authority))) {
    wrong.push('TEMPORAL_TLS_SERVER_CA_CERT_… is no certificate in PEM.');
  }
  if (!pair) return wrong;
  const certificate = read(() => new X509Certificate(pair.crt));
  const key = read(() => createPrivateKey(Buffer.from(pair.key)));
  if (!certificate) wrong.push('TEMPORAL_TLS_CLIENT_CERT_… is no certificate in PEM.');
  if (!key) wrong.push('TEMPORAL_TLS_CLIENT_KEY_… is no private key in PEM without a passphrase.');
  if (certificate && key && !certificate.checkPrivateKey(key)) {
    wrong.push('TEMPORAL_TLS_CLIENT_KEY_… is not the key of the certificate of TEMPORAL_TLS_CLIENT_CERT_….');
  }
  return wrong;
}

function read<T>(parse: () => T): T | undefined {
  try {
    return parse();
  } catch {
    return undefined;
  }
}
