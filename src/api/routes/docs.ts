import { z } from 'zod';
import { loadAssets } from '../openapi/assets.ts';
import { openApiDocument } from '../openapi/document.ts';
import { page, pageStyle } from '../openapi/page.ts';
import { contentSecurityPolicy, forever } from '../page-security.ts';
import { ProblemError, problems } from '../problems.ts';
import { defineRoute, type Content, type Route } from '../route.ts';

/** Without the validator badge, which would ask a server elsewhere. */
const startSwagger = `
window.addEventListener('load', () => {
  window.SwaggerUIBundle({
    url: '/openapi.json',
    dom_id: '#swagger-ui',
    deepLinking: true,
    validatorUrl: null,
    displayRequestDuration: true,
    tryItOutEnabled: true,
    presets: [window.SwaggerUIBundle.presets.apis],
    layout: 'BaseLayout',
  });
});
`;

const assets = loadAssets(['swagger-ui.css', 'swagger-ui-bundle.js', 'favicon-32x32.png'], {
  'docs.js': startSwagger,
  'docs.css': pageStyle,
});

const icon = assets.address('favicon-32x32.png');
const style = assets.address('docs.css');

const endpointsPage = page({
  title: 'Earmark API',
  icon,
  styles: [assets.address('swagger-ui.css'), style],
  scripts: [assets.address('swagger-ui-bundle.js'), assets.address('docs.js')],
  content: `<p><a href="/docs/problems">Problem codes</a> · <a href="/openapi.json">OpenAPI document</a></p>
<noscript><p>This page needs JavaScript. The OpenAPI document has the same in it.</p></noscript>
<div id="swagger-ui"></div>`,
});

const problemsPage = page({
  title: 'Problem codes of the Earmark API',
  icon,
  styles: [style],
  scripts: [],
  content: `<h1>Problem codes of the Earmark API</h1><p><a href="/docs">All endpoints</a></p>${problemSections()}`,
});

/** The OpenAPI document of some routes and of these, a page to read and try it, and every problem code in words. */
export function docsRoutes(api: readonly Route[]): readonly Route[] {
  let document: string | undefined;
  const routes: readonly Route[] = [
    defineRoute({
      method: 'GET',
      path: '/openapi.json',
      operationId: 'getOpenApiDocument',
      access: 'public',
      tag: 'docs',
      summary: 'This document',
      responses: {
        200: { description: 'An OpenAPI 3.1 document, without the envelope', content: ['application/json'] },
      },
      problems: [],
      handle: async () => {
        document ??= JSON.stringify(openApiDocument([...api, ...routes]));
        return { status: 200, content: { type: 'json', body: document } };
      },
    }),
    htmlRoute({ path: '/docs', operationId: 'getDocs', summary: 'The endpoints, to read and to try' }, endpointsPage),
    htmlRoute(
      { path: '/docs/problems', operationId: 'getProblemCodes', summary: 'The problem codes, to read' },
      problemsPage,
    ),
    assetRoute,
  ];
  return routes;
}

function htmlRoute(named: Pick<Route, 'path' | 'operationId' | 'summary'>, html: string): Route {
  const content: Content = { type: 'html', body: html };
  return defineRoute({
    method: 'GET',
    ...named,
    tag: 'docs',
    access: 'public',
    responses: {
      200: { description: 'A page to read', headers: ['Content-Security-Policy'], content: ['text/html'] },
    },
    problems: [],
    handle: async () => ({ status: 200, headers: { 'Content-Security-Policy': contentSecurityPolicy }, content }),
  });
}

const assetRoute = defineRoute({
  method: 'GET',
  path: '/docs/assets/{file}',
  operationId: 'getDocsAsset',
  access: 'public',
  tag: 'docs',
  summary: 'What the pages load',
  // A closed list: no name can lead to another file.
  params: z.strictObject({ file: z.enum(assets.names as [string, ...string[]]) }),
  responses: {
    200: {
      description: 'The file; its name changes with its content',
      headers: ['Cache-Control'],
      content: ['text/css', 'text/javascript', 'image/png'],
    },
  },
  problems: [],
  handle: async ({ params: { file } }) => {
    const content = assets.find(file);
    if (!content) throw new ProblemError('not-found', `There is no file ${file}.`);
    return { status: 200, headers: { 'Cache-Control': forever }, content };
  },
});

function problemSections(): string {
  return Object.entries(problems)
    .map(
      ([code, { status, title, meaning }]) =>
        `<section id="${code}"><h2>${title}</h2><p><code>${code}</code> · HTTP ${status}</p><p>${inWords(meaning)}</p></section>`,
    )
    .join('');
}

/** Text with \`code\` in backticks. */
function inWords(text: string): string {
  return text.replaceAll(/`([^`]+)`/g, '<code>$1</code>');
}
