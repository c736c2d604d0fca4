import assert from 'node:assert/strict';
import path from 'node:path';
import { ConfigError, loadConfig } from '../src/config.ts';
import { certificateAuthority } from './support/certificates.ts';

describe('The configuration', () => {
  it('needs no variable at all', () => {
    const config = loadConfig({ HOME: '/home/someone' });
    assert.equal(config.host, '127.0.0.1');
    assert.equal(config.port, 3000);
    assert.deepEqual(config.corsOrigins, []);
    assert.equal(config.databaseUrl, undefined);
    assert.deepEqual(config.temporal, { namespace: 'default', connection: {} });
    assert.equal(config.dataDir, path.resolve('.earmark'));
    assert.ok(path.isAbsolute(config.cacheDir));
    assert.deepEqual([config.postgresPort, config.temporalPort, config.temporalUiPort], [54329, 7233, 8233]);
    assert.deepEqual([config.holdSeconds, config.cleanupSeconds, config.cleanupGraceSeconds], [600, 60, 60]);
    assert.deepEqual([config.reconcileSeconds, config.metricsAddress], [3600, undefined]);
    assert.equal(config.currency, 'USD');
    assert.equal(config.logLevel, 'info');
    assert.deepEqual(config.faults, []);
  });

  it('takes an empty variable for one that is not set', () => {
    assert.equal(loadConfig({ PORT: '', DATABASE_URL: '', EARMARK_CURRENCY: '' }).port, 3000);
  });

  it('cannot be changed', () => {
    const config = loadConfig({});
    assert.throws(() => Object.assign(config, { port: 1 }), TypeError);
    assert.throws(() => Object.assign(config.temporal, { namespace: 'other' }), TypeError);
  });

  it('reports every bad variable at once, one line each', () => {
    const problems = problemsOf({
      PORT: '70000',
      EARMARK_HOLD_SECONDS: '10m',
      EARMARK_CURRENCY: 'JPY',
      LOG_LEVEL: 'loud',
      DATABASE_URL: 'mysql://root:secret@db/shop',
    });
    assert.deepEqual(problems.toSorted(), [
      'DATABASE_URL must look like postgres://user:password@host:5432/database, but it is "mysql://root:***@db/shop".',
      'EARMARK_CURRENCY must be an ISO 4217 currency with two decimals, such as USD or EUR, but it is "JPY".',
      'EARMARK_HOLD_SECONDS must be a whole number from 1 to 86400, but it is "10m".',
      'LOG_LEVEL must be one of fatal, error, warn, info, debug, trace, silent, but it is "loud".',
      'PORT must be a whole number from 0 to 65535, but it is "70000".',
    ]);
  });

  it('bounds no holdings unless told to', () => {
    assert.deepEqual(loadConfig({}).holdRules, {
      maxFactor: 3,
      lateSeconds: 3600,
      limits: { lineUnits: null, heldUnits: null, openHolds: null },
    });
  });

  it('takes how holds are bounded', () => {
    const { holdRules } = loadConfig({
      EARMARK_HOLD_MAX_FACTOR: '1',
      EARMARK_LATE_SECONDS: '0',
      EARMARK_MAX_LINE_UNITS: '1000000',
      EARMARK_MAX_HELD_UNITS: '999999999',
      EARMARK_MAX_OPEN_HOLDS: '1',
    });
    const limits = { lineUnits: 1_000_000, heldUnits: 999_999_999, openHolds: 1 };
    assert.deepEqual(holdRules, { maxFactor: 1, lateSeconds: 0, limits });
    assert.throws(() => Object.assign(holdRules, { maxFactor: 2 }), TypeError);
    assert.throws(() => Object.assign(holdRules.limits, { openHolds: null }), TypeError);
  });

  it('reports every bad bound of holds at once', () => {
    const problems = problemsOf({
      EARMARK_HOLD_MAX_FACTOR: '0',
      EARMARK_LATE_SECONDS: '604801',
      EARMARK_MAX_LINE_UNITS: '0',
      EARMARK_MAX_HELD_UNITS: '-1',
      EARMARK_MAX_OPEN_HOLDS: 'none',
    });
    assert.deepEqual(problems.toSorted(), [
      'EARMARK_HOLD_MAX_FACTOR must be a whole number from 1 to 10, but it is "0".',
      'EARMARK_LATE_SECONDS must be a whole number from 0 to 604800, but it is "604801".',
      'EARMARK_MAX_HELD_UNITS must be a whole number from 1 to 999999999, but it is "-1".',
      'EARMARK_MAX_LINE_UNITS must be a whole number from 1 to 1000000, but it is "0".',
      'EARMARK_MAX_OPEN_HOLDS must be a whole number from 1 to 999999999, but it is "none".',
    ]);
  });

  it('refuses a limit that it does not know and names the nearest one', () => {
    assert.deepEqual(problemsOf({ EARMARK_MAX_OPEN_HOLD: '5', EARMARK_MAX_LINES_UNITS: '5' }), [
      'EARMARK_MAX_OPEN_HOLD is not a variable of Earmark. Did you mean EARMARK_MAX_OPEN_HOLDS?',
      'EARMARK_MAX_LINES_UNITS is not a variable of Earmark. Did you mean EARMARK_MAX_LINE_UNITS?',
    ]);
  });

  it('refuses a variable it does not know and names the nearest one', () => {
    assert.deepEqual(problemsOf({ EARMARK_HOLD_SECOND: '60' }), [
      'EARMARK_HOLD_SECOND is not a variable of Earmark. Did you mean EARMARK_HOLD_SECONDS?',
    ]);
  });

  it('takes an IP address and a port to serve metrics at', () => {
    for (const address of ['127.0.0.1:9464', '0.0.0.0:1', '[::1]:9464']) {
      assert.equal(loadConfig({ EARMARK_METRICS_ADDRESS: address }).metricsAddress, address);
    }
    for (const address of ['9464', 'localhost:9464', '127.0.0.1', '127.0.0.1:', '::1:9464', 'http://127.0.0.1:9464']) {
      assert.deepEqual(problemsOf({ EARMARK_METRICS_ADDRESS: address }), [
        `EARMARK_METRICS_ADDRESS must be an IP address and a port, such as 127.0.0.1:9464, but it is "${address}".`,
      ]);
    }
  });

  it('takes origins as browsers send them, and nothing else', () => {
    const origins = (EARMARK_CORS_ORIGINS: string) => loadConfig({ EARMARK_CORS_ORIGINS }).corsOrigins;
    assert.deepEqual(origins('https://shop.example'), ['https://shop.example']);
    assert.deepEqual(origins('https://shop.example, http://localhost:8080'), [
      'https://shop.example',
      'http://localhost:8080',
    ]);
    for (const text of [
      '*',
      'null',
      'shop.example',
      'https://shop.example/',
      'https://shop.example/path',
      'https://Shop.example',
      'https://shop.example:443',
      'https://anna@shop.example',
      'ftp://shop.example',
      'https://shop.example,',
    ]) {
      assert.deepEqual(
        problemsOf({ EARMARK_CORS_ORIGINS: text }),
        [
          `EARMARK_CORS_ORIGINS must be a comma list of origins such as https://shop.example, in lower case and without a path, but it is "${text}".`,
        ],
        text,
      );
    }
  });

  it('accepts only currencies with two decimals', () => {
    assert.equal(loadConfig({ EARMARK_CURRENCY: 'EUR' }).currency, 'EUR');
    for (const currency of ['KWD', 'XYZ', 'eur']) assert.equal(problemsOf({ EARMARK_CURRENCY: currency }).length, 1);
  });

  it('takes the address, namespace, key and TLS of an external Temporal by their usual names', () => {
    const { temporal } = loadConfig({
      TEMPORAL_ADDRESS: 'orders.example.tmprl.cloud:7233',
      TEMPORAL_NAMESPACE: 'orders',
      TEMPORAL_API_KEY: 'key',
    });
    assert.equal(temporal.address, 'orders.example.tmprl.cloud:7233');
    assert.equal(temporal.namespace, 'orders');
    assert.deepEqual(temporal.connection, { tls: true, apiKey: 'key' });
  });

  it('keeps the key of an external Temporal away from the embedded one', () => {
    assert.deepEqual(loadConfig({ TEMPORAL_API_KEY: 'key' }).temporal.connection, {});
  });

  it('sends the key of a Temporal to no other machine in clear', () => {
    const line =
      'TEMPORAL_API_KEY would be sent to orders.example in clear. Set TEMPORAL_TLS to true, or take the key away; ' +
      'without TLS it goes to this machine alone.';
    const away = { TEMPORAL_ADDRESS: 'orders.example:7233', TEMPORAL_API_KEY: 'secret' };
    for (const no of ['false', '0']) assert.deepEqual(problemsOf({ ...away, TEMPORAL_TLS: no }), [line]);
    for (const yes of ['true', '1', '']) {
      assert.ok(loadConfig({ ...away, TEMPORAL_TLS: yes }).temporal.connection.tls, yes);
    }
    assert.ok(loadConfig({ ...away, TEMPORAL_TLS_SERVER_NAME: 'other.example' }).temporal.connection.tls);
    for (const TEMPORAL_ADDRESS of ['localhost:7233', '127.0.0.1:7233', '[::1]:7233']) {
      const { connection } = loadConfig({ ...away, TEMPORAL_ADDRESS, TEMPORAL_TLS: 'false' }).temporal;
      assert.deepEqual(connection, { tls: false, apiKey: 'secret' });
    }
    const [problem = ''] = problemsOf({
      TEMPORAL_ADDRESS: 'orders.example:7233',
      TEMPORAL_GRPC_META_AUTHORIZATION: 'Bearer secret',
    });
    assert.match(problem, /^TEMPORAL_GRPC_META_AUTHORIZATION would be sent to orders\.example in clear\./);
  });

  it('takes no word for TEMPORAL_TLS that the Temporal client would read as off', () => {
    for (const word of ['yes', 'True', 'on']) {
      const problems = problemsOf({ TEMPORAL_ADDRESS: 'localhost:7233', TEMPORAL_TLS: word });
      assert.deepEqual(problems, [`TEMPORAL_TLS must be true or false, but it is "${word}".`]);
    }
    const [problem = ''] = problemsOf({
      TEMPORAL_ADDRESS: 'host:7233',
      TEMPORAL_TLS_DISABLE_HOST_VERIFICATION: 'true',
    });
    assert.match(problem, /^TEMPORAL_TLS_DISABLE_HOST_VERIFICATION cannot be had: certificates are always checked\./);
  });

  it('never shows a key of a Temporal that no header can carry', () => {
    for (const TEMPORAL_API_KEY of ['secret\n', 'sec ret', 'sécret']) {
      const problems = problemsOf({ TEMPORAL_ADDRESS: 'host:7233', TEMPORAL_API_KEY });
      assert.deepEqual(problems, ['TEMPORAL_API_KEY must be visible ASCII characters without spaces and line ends.']);
    }
    const problems = problemsOf({ TEMPORAL_ADDRESS: 'host:7233', TEMPORAL_GRPC_META_TENANT: 'secret\n' });
    assert.deepEqual(problems, ['TEMPORAL_GRPC_META_… ("tenant") must be printable ASCII characters on one line.']);
  });

  it('says what is wrong with the certificates for Temporal before it connects', async () => {
    const authority = await certificateAuthority('Authority of this test');
    const [one, other] = [await authority.forClient('one'), await authority.forClient('other')];
    const problems = (variables: Record<string, string>) =>
      problemsOf({
        TEMPORAL_ADDRESS: 'host:7233',
        ...Object.fromEntries(Object.entries(variables).map(([name, text]) => [`TEMPORAL_TLS_${name}`, text])),
      });
    const pair = { CLIENT_CERT_DATA: one.cert, CLIENT_KEY_DATA: one.key, SERVER_CA_CERT_DATA: authority.cert };
    assert.deepEqual(problems(pair), []);
    assert.deepEqual(problems({ ...pair, CLIENT_KEY_DATA: other.key }), [
      'TEMPORAL_TLS_CLIENT_KEY_… is not the key of the certificate of TEMPORAL_TLS_CLIENT_CERT_….',
    ]);
    assert.deepEqual(problems({ ...pair, CLIENT_KEY_DATA: 'x', CLIENT_CERT_DATA: 'x', SERVER_CA_CERT_DATA: 'x' }), [
      'TEMPORAL_TLS_SERVER_CA_CERT_… is no certificate in PEM.',
      'TEMPORAL_TLS_CLIENT_CERT_… is no certificate in PEM.',
      'TEMPORAL_TLS_CLIENT_KEY_… is no private key in PEM without a passphrase.',
    ]);
    assert.deepEqual(problems({ CLIENT_CERT_DATA: one.cert }), [
      'TEMPORAL_TLS_CLIENT_CERT_… is set without TEMPORAL_TLS_CLIENT_KEY_…. A client certificate takes both.',
    ]);
    assert.deepEqual(problems({ CLIENT_KEY_DATA: one.key }), [
      'TEMPORAL_TLS_CLIENT_KEY_… is set without TEMPORAL_TLS_CLIENT_CERT_…. A client certificate takes both.',
    ]);
  });

  it('says which Temporal certificate cannot be read', () => {
    const [problem = ''] = problemsOf({
      TEMPORAL_ADDRESS: 'host:7233',
      TEMPORAL_TLS_SERVER_CA_CERT_PATH: '/no/such/ca.pem',
    });
    assert.match(problem, /^The TEMPORAL_\* variables cannot be used: .*\/no\/such\/ca\.pem/);
  });
});

function problemsOf(env: NodeJS.ProcessEnv): string[] {
  try {
    loadConfig(env);
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    return error.message.split('\n');
  }
  return [];
}
