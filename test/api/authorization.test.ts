import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import type { Route } from '../../src/api/route.ts';
import { routes } from '../../src/api/routes/index.ts';
import type { Access, Role } from '../../src/domain/identity.ts';
import { actingAs, bearer, keyIdOf, keyMaker, startGuardedApi, type GuardedApi } from '../support/credentials.ts';
import type { Reply } from '../support/http.ts';
import { makeSigningKey, signToken } from '../support/key-set.ts';
import {
  expectedStatuses,
  makeCatalogue,
  makeExamples,
  makeWork,
  nothing,
  sampleOf,
  type Objects,
} from '../support/route-samples.ts';
import { rowCounts } from '../support/row-counts.ts';
import { makeReconcileSchedule } from '../support/schedules.ts';
import { revokeApiKey } from '../../src/api/credentials/api-key.ts';

/** Who may use what: written down a second time, so that no route changes hands by accident. */
const policy: Readonly<Record<Access, readonly string[]>> = {
  public: [
    ...['isAlive', 'isReady', 'getOpenApiDocument', 'getDocs', 'getProblemCodes', 'getDocsAsset'],
    // The page is the same for everybody: what it shows, it asks for as whoever is signed in.
    ...['getOverviewPage', 'getProductsPage', 'getProductPage', 'getOrdersPage', 'getOrderPage', 'getPlaceOrderPage'],
    ...['getReservationsPage', 'getWaitingListsPage', 'getAuditLogPage', 'getHealthPage', 'getConsoleAsset'],
    ...['signIn', 'signOut'],
  ],
  viewer: [
    'getOverview',
    ...['listProducts', 'getProduct', 'explainStock', 'listWaiting', 'listWarehouses', 'getWarehouse'],
    ...['listOrderMovements', 'listWaitingLists', 'getSystem', 'getFindings'],
    ...['getTransfer', 'listOrders', 'getOrder', 'listOrderAudit', 'listOrderReturns', 'getOrderReturn'],
    ...[
      'planFulfilment',
      'listReservations',
      'getReservation',
      'listAudit',
      'getSession',
      'exportOrders',
      'streamEvents',
    ],
  ],
  operator: [
    ...['createOrder', 'transitionOrder', 'extendOrder', 'createOrderReturn'],
    ...['createReservation', 'confirmReservation', 'releaseReservation', 'extendReservation'],
    ...['lookNow', 'verifyBooks'],
  ],
  admin: [
    ...['createProduct', 'changeProduct', 'adjustStock', 'createWarehouse', 'changeWarehouse', 'transferStock'],
    ...['setStockLevels', 'listKeys', 'createKey', 'getKey', 'revokeKey'],
  ],
};

/** From the least to the most that one may do. */
const ladder: readonly Access[] = ['public', 'viewer', 'operator', 'admin'];

const good = ['viewer key', 'operator key', 'admin key', 'viewer token', 'operator token', 'admin token'] as const;
type Good = (typeof good)[number];

const wrong = [
  ...['a malformed header', 'a key without Bearer', 'an unknown key', 'a wrong secret', 'a revoked key'],
  ...['an expired key', 'an expired token', 'a token of another issuer', 'no credentials at all in the header'],
] as const;

describe('Who may do what', () => {
  let api: GuardedApi;
  let schedule: Awaited<ReturnType<typeof makeReconcileSchedule>>;
  const sent = new Map<string, string>();
  /** What each caller made that may make something. */
  const owned = new Map<Good, Objects>();

  before(async () => {
    api = await startGuardedApi({ keeps: 'by notices' });
    await api.startWorker();
    schedule = await makeReconcileSchedule(api);
    for (const role of ['viewer', 'operator', 'admin'] as const) {
      sent.set(`${role} key`, (await api.key(role)).Authorization);
      sent.set(`${role} token`, (await api.token({ sub: role, role })).Authorization);
    }
    const real = headerOf('admin key');
    sent.set('a malformed header', `Basic ${Buffer.from('admin:admin').toString('base64')}`);
    sent.set('a key without Bearer', real.replace('Bearer ', ''));
    sent.set('no credentials at all in the header', '');
    sent.set('an unknown key', bearer(`earmark_aaaaaaaaaaaa_${randomBytes(32).toString('base64url')}`).Authorization);
    sent.set('a wrong secret', real.slice(0, -43) + randomBytes(32).toString('base64url'));
    const revoked = await api.key('admin', 'revoked');
    await revokeApiKey(api.db, keyIdOf(revoked), keyMaker);
    sent.set('a revoked key', revoked.Authorization);
    sent.set('an expired key', (await api.key('admin', 'expired', new Date(Date.now() - 1_000))).Authorization);
    sent.set('an expired token', (await api.token({ exp: Math.floor(Date.now() / 1000) - 60 })).Authorization);
    sent.set('a token of another issuer', bearer(await signToken(await makeSigningKey())).Authorization);

    await makeExamples(as('admin key'));
    for (const caller of good.filter((name) => !name.startsWith('viewer'))) {
      const maker = caller.startsWith('admin') ? caller : 'admin key';
      const catalogue = await makeCatalogue(as(maker));
      owned.set(caller, { ...catalogue, ...(await makeWork(as(caller), catalogue.product)) });
    }
  });

  after(async () => {
    await schedule.delete();
    await api.stop();
  });

  const headerOf = (caller: string): string => sent.get(caller) ?? '';
  const as = (caller: string): GuardedApi => actingAs(api, { Authorization: headerOf(caller) });

  /** Objects for a request: of the caller, of somebody else, and of nobody. */
  function targets(caller: string): readonly (readonly [string, Objects])[] {
    const [own, ...others] = [...owned].toSorted(([one], [two]) => Number(two === caller) - Number(one === caller));
    const others0 = others[0];
    assert.ok(own && others0);
    const mine = own[0] === caller ? ([['their own', own[1]]] as const) : [];
    return [...mine, ['somebody else’s', others0[1]], ['nobody’s', nothing()]];
  }

  /** Sends a request to a route about what is theirs, what is not and what is not there. */
  async function sendTo(
    route: Route,
    caller: string,
    check: (reply: Reply, whose: string) => void,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<void> {
    for (const [whose, objects] of targets(caller)) {
      const { path, options } = sampleOf(route, objects, whose === 'nobody’s' ? theirs() : objects);
      check(await api.request(route.method, path, { ...options, headers }), whose);
    }
  }

  function theirs(): Objects {
    const objects = owned.get('admin key');
    assert.ok(objects);
    return objects;
  }

  async function assertNothingHappens(act: () => Promise<void>): Promise<void> {
    const before = await rowCounts(api.db);
    await act();
    assert.deepEqual(await rowCounts(api.db), before);
  }

  it('is decided for every route, as it is written down here', () => {
    const declared = Object.fromEntries(routes.map(({ operationId, access }) => [operationId, access]));
    const expected = ladder.flatMap((access) => policy[access].map((operationId) => [operationId, access]));
    assert.deepEqual(declared, Object.fromEntries(expected));
  });

  for (const route of routes) {
    const needed = ladder.find((access) => policy[access].includes(route.operationId)) ?? route.access;
    describe(`${route.method} ${route.path}`, () => {
      it(`${needed === 'public' ? 'lets in' : 'refuses'} whoever has no credentials`, () =>
        needed === 'public'
          ? sendTo(route, 'nobody', assertLetIn)
          : assertNothingHappens(() => sendTo(route, 'nobody', assertMissing)));

      for (const caller of wrong) {
        if (route.tag === 'health') {
          it(`looks at nobody’s credentials, such as ${caller}`, () =>
            sendTo(route, caller, assertLetIn, { Authorization: headerOf(caller) }));
        } else {
          it(`refuses ${caller}`, () =>
            assertNothingHappens(() => sendTo(route, caller, assertWrong, { Authorization: headerOf(caller) })));
        }
      }

      for (const caller of good) {
        const role = caller.split(' ')[0] as Role;
        const headers = () => ({ Authorization: headerOf(caller) });
        if (ladder.indexOf(role) < ladder.indexOf(needed)) {
          it(`refuses the role of a ${caller}`, () =>
            assertNothingHappens(() => sendTo(route, caller, assertForbidden(needed, role), headers())));
        } else {
          it(`lets in the ${caller}, whoever made it`, () =>
            sendTo(
              route,
              caller,
              (reply, whose) => {
                assertLetIn(reply, whose);
                const fits =
                  whose === 'nobody’s' && route.params !== undefined && !route.ignoresQuery
                    ? [404]
                    : expectedStatuses(route);
                if (fits) assert.ok(fits.includes(reply.status), `${whose}: ${reply.status} ${reply.text}`);
              },
              headers(),
            ));
        }
      }
    });
  }
});

function assertLetIn({ status, text }: Reply, whose: string): void {
  assert.ok(status !== 401 && status !== 403 && status < 500, `${whose}: ${status} ${text}`);
}

function assertMissing({ status, json, headers }: Reply, whose: string): void {
  assert.deepEqual([status, json.code], [401, 'unauthenticated'], whose);
  assert.equal(headers.get('WWW-Authenticate'), 'Bearer realm="earmark"');
}

function assertWrong({ status, json, headers }: Reply, whose: string): void {
  assert.deepEqual([status, json.code], [401, 'unauthenticated'], whose);
  assert.match(headers.get('WWW-Authenticate') ?? '', /^Bearer realm="earmark", error="invalid_token"/);
}

function assertForbidden(needed: Access, role: Role): (reply: Reply, whose: string) => void {
  return ({ status, json }, whose) => {
    assert.deepEqual([status, json.code, json['needed'], json['role']], [403, 'forbidden', needed, role], whose);
  };
}
