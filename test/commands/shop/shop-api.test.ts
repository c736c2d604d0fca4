import assert from 'node:assert/strict';
import { ShopApi, type Answer } from '../../../src/commands/shop/shop-api.ts';
import { scriptedApi, type ScriptedAnswer, type ScriptedRequest } from '../../support/scripted-api.ts';

const order = { method: 'POST', path: '/api/create-order/', body: { quantity: 1 } } as const;
const address = '/api/orders/1/';

const placed: ScriptedAnswer = { status: 200, body: { data: { id: '1' } } };
const created: ScriptedAnswer = { status: 201, body: { data: { id: '1' } }, headers: { Location: address } };
const accepted: ScriptedAnswer = { status: 202, headers: { Location: address, 'Retry-After': '0' } };
const perhaps: ScriptedAnswer = { status: 503, headers: { Location: address, 'Retry-After': '0' } };
const busy: ScriptedAnswer = { status: 503, headers: { 'Retry-After': '0' }, body: { code: 'unavailable' } };
const limited: ScriptedAnswer = { status: 429, headers: { 'Retry-After': '0' } };
const nothingThere: ScriptedAnswer = { status: 404, headers: { 'Retry-After': '0' }, body: { code: 'not-found' } };
const short: ScriptedAnswer = { status: 409, body: { code: 'insufficient-stock', detail: 'There is not enough.' } };

/** Asks for an order of an API that gives these answers one after the other. */
async function decide(
  ...answers: ScriptedAnswer[]
): Promise<{ readonly answer: Answer; readonly requests: readonly ScriptedRequest[] }> {
  const api = await scriptedApi(() => answers.shift() ?? { status: 500 });
  try {
    return { answer: await new ShopApi(api.url).decide(order), requests: api.requests };
  } finally {
    await api.close();
  }
}

const asked = (requests: readonly ScriptedRequest[]) => requests.map(({ method, path }) => `${method} ${path}`);
const [post, get] = [`POST ${order.path}`, `GET ${address}`];

describe('A buyer of the chaos test', () => {
  it('takes an order or a refusal as it comes', async () => {
    assert.equal((await decide(created)).answer.status, 201);
    const { answer, requests } = await decide(short);
    assert.deepEqual([answer.status, answer.code, answer.detail], [409, 'insufficient-stock', 'There is not enough.']);
    assert.equal(requests.length, 1);
  });

  it('takes an error for an answer and does not insist', async () => {
    const { answer, requests } = await decide({ status: 500, body: { code: 'internal' } });
    assert.deepEqual([answer.status, answer.code, requests.length], [500, 'internal', 1]);
  });

  it('asks what became of an order that was only accepted', async () => {
    const { answer, requests } = await decide(accepted, accepted, busy, placed);
    assert.equal(answer.status, 200);
    assert.deepEqual(asked(requests), [post, get, get, get]);
    assert.equal((await decide(accepted, short)).answer.code, 'insufficient-stock');
  });

  it('asks what became of an order that may have been placed, and sends it again when it was not', async () => {
    const { answer, requests } = await decide(perhaps, nothingThere, created);
    assert.equal(answer.status, 201);
    assert.deepEqual(asked(requests), [post, get, post]);
    assert.equal((await decide(perhaps, placed)).answer.status, 200);
  });

  it('sends again what got no answer, always under the same Idempotency-Key', async () => {
    const { answer, requests } = await decide(busy, 'lost', limited, created);
    assert.equal(answer.status, 201);
    assert.deepEqual(asked(requests), [post, post, post, post]);
    const keys = new Set(requests.map(({ idempotencyKey }) => idempotencyKey));
    assert.equal(keys.size, 1);
    assert.match(requests[0]?.idempotencyKey ?? '', /^[0-9a-f-]{36}$/);
  });
});
