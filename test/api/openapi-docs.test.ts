import assert from 'node:assert/strict';
import { request } from 'node:http';
import { problems } from '../../src/api/problems.ts';
import { startApi, type TestApi } from '../support/api.ts';

describe('the pages to read', () => {
  let api: TestApi;

  before(async () => {
    api = await startApi();
  });
  after(() => api.stop());

  for (const path of ['/docs', '/docs/', '/docs/problems']) {
    it(`${path} loads nothing from other places, and nothing inline`, async () => {
      const { status, headers, text } = await api.get(path);
      assert.equal(status, 200);
      assert.match(headers.get('Content-Type') ?? '', /^text\/html/);
      const policy = headers.get('Content-Security-Policy') ?? '';
      assert.match(policy, /default-src 'none'/);
      assert.match(policy, /script-src 'self'(;|$)/);
      assert.doesNotMatch(policy, /unsafe|https?:|\*/);
      assert.doesNotMatch(text, /https?:|\/\/[a-z]/i);
      assert.doesNotMatch(text, /<style|<script(?![^>]* src=)|\son\w+=|\sstyle=/i);
    });

    it(`${path} loads files that are there, of the right type, and can be kept`, async () => {
      const { text } = await api.get(path);
      const files = Array.from(text.matchAll(/(?:href|src)="(\/docs\/assets\/[^"]+)"/g), ([, file = '']) => file);
      assert.ok(files.length > 1);
      const types = { '.js': /^text\/javascript/, '.css': /^text\/css/, '.png': /^image\/png/ };
      for (const file of files) {
        const { status, headers, text: content } = await api.get(file);
        assert.equal(status, 200, file);
        assert.ok(content.length > 0, file);
        const extension = file.slice(file.lastIndexOf('.')) as keyof typeof types;
        assert.match(headers.get('Content-Type') ?? '', types[extension]);
        assert.match(headers.get('Cache-Control') ?? '', /max-age=31536000, immutable/);
      }
    });
  }

  for (const path of ['../package.json', '..%2fpackage.json', '%2e%2e%2f%2e%2e%2fpackage.json', 'swagger-ui.css', '']) {
    it(`has no file ${JSON.stringify(path)}`, async () => {
      assert.equal(await statusOf(api.url, `/docs/assets/${path}`), 404);
    });
  }

  it('lead from one to the other', async () => {
    for (const path of ['/docs', '/docs/problems']) {
      const { text } = await api.get(path);
      for (const [, address = ''] of text.matchAll(/<a href="([^"#]+)/g)) {
        assert.equal((await api.get(address)).status, 200, address);
      }
    }
  });

  it('explain each problem code at the address that problems have as their type', async () => {
    const { text } = await api.get('/docs/problems');
    for (const code of Object.keys(problems)) assert.ok(text.includes(`id="${code}"`), code);
  });
});

/** The status of a path sent as it is: fetch would resolve the dots. */
function statusOf(base: string, path: string): Promise<number | undefined> {
  const { hostname, port } = new URL(base);
  return new Promise((resolve, reject) => {
    request({ hostname, port, path }, (response) => resolve(response.resume().statusCode))
      .on('error', reject)
      .end();
  });
}
