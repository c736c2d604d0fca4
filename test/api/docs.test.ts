import assert from 'node:assert/strict';
import { problems } from '../../src/api/problems.ts';
import { startApi, type TestApi } from '../support/api.ts';

describe('the pages to read', () => {
  let api: TestApi;

  before(async () => {
    api = await startApi();
  });
  after(() => api.stop());

  it('begin at /docs', async () => {
    const { status, headers } = await api.get('/docs');
    assert.equal(status, 200);
    assert.match(headers.get('Content-Type') ?? '', /^text\/html; charset=utf-8/);
  });

  it('explain every problem code at the address that problems name as their type', async () => {
    const { text } = await api.get('/docs/problems');
    for (const code of Object.keys(problems)) assert.ok(text.includes(`id="${code}"`), code);
  });

  it('load nothing from elsewhere', async () => {
    for (const path of ['/docs', '/docs/problems']) {
      assert.doesNotMatch((await api.get(path)).text, /(?:src|href)="(?!\/[^/])/);
    }
  });
});
