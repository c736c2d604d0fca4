/** Rules of the linter that are about security, each shown to work in `test/lint/`, or a rule of oxlint itself. */
export const lintRules: readonly string[] = [
  'earmark/no-caller-chosen-target',
  'earmark/no-logged-secret',
  'earmark/no-nested-quantifier',
  'earmark/no-open-comparison',
  'earmark/no-shell',
  'earmark/no-template-in-raw',
  'earmark/no-unchecked-fields',
  'earmark/no-unlimited-server',
  'earmark/no-unverified-peer',
  'earmark/no-weak-crypto',
  'eslint/no-eval',
  'eslint/no-new-func',
  'eslint/no-script-url',
  'node/no-process-env',
];

/** What a text says, where a syntax tree would tell no more: SQL and other texts within the code. */
export interface CodeRule {
  readonly name: string;
  /** Global. */
  readonly pattern: RegExp;
  readonly instead: string;
  readonly bad: readonly string[];
  readonly good: readonly string[];
}

export const codeRules: readonly CodeRule[] = [
  {
    name: 'code-from-a-text',
    pattern: /from '(?:node:)?vm'|\bvm\.(?:runIn\w+|compileFunction|Script)\b|\bsetTimeout\(\s*['"`]/g,
    instead: 'Code stands in the source; node:vm is no sandbox.',
    bad: [`import { runInNewContext } from 'node:vm';`, 'vm.runInThisContext(text);', `setTimeout('stop()', 10);`],
    good: [`import path from 'node:path';`, 'setTimeout(stop, 10);'],
  },
  {
    name: 'definer-without-search-path',
    pattern: /\bSECURITY\s+DEFINER\b(?![^;$]{0,200}\bSET\s+search_path\b)/gi,
    instead: 'A function that runs as its owner says where it finds its tables: SECURITY DEFINER SET search_path = ….',
    bad: ['CREATE FUNCTION f() RETURNS void LANGUAGE sql SECURITY DEFINER AS $$ SELECT 1 $$'],
    good: ['LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public AS $$', 'SECURITY INVOKER'],
  },
  {
    name: 'rights-for-everybody',
    pattern:
      /\bGRANT\s+ALL\b|\bGRANT\b[^;'"`]{1,200}\bTO\s+PUBLIC\b|\b(?:WITH|ALTER)\b[^;'"`]{0,40}\bSUPERUSER\b|\bWITH\s+GRANT\s+OPTION\b/gi,
    instead: 'Rights are granted one by one, to a role that needs them.',
    bad: ['GRANT ALL ON orders TO earmark_api', 'GRANT SELECT ON orders TO PUBLIC', 'ALTER ROLE shop SUPERUSER'],
    good: ['GRANT SELECT, INSERT ON orders TO earmark_api', 'REVOKE ALL ON SCHEMA public FROM PUBLIC'],
  },
  {
    name: 'token-not-verified',
    pattern:
      /\b(?:decodeJwt|UnsecuredJWT|decodeProtectedHeader)\b|\balg(?:orithms?)?['"]?\s*[:=]\s*\[?\s*['"](?:none|HS\d{3})['"]/gi,
    instead: 'A token is believed when jwtVerify has checked it with an asymmetric key.',
    bad: [`import { decodeJwt } from 'jose';`, `jwtVerify(token, key, { algorithms: ['HS256'] });`, `alg: 'none'`],
    good: [`import { jwtVerify } from 'jose';`, `jwtVerify(token, keys, { algorithms: ['RS256'] });`],
  },
  {
    name: 'listens-everywhere',
    pattern: /(?:\blisten\([^)\n]*|\bhost(?:name)?\b[^\n'"`]{0,12})['"`](?:0\.0\.0\.0|::|\[::\])['"`]/gi,
    instead: 'A server listens on 127.0.0.1 unless its settings say another address.',
    bad: [`server.listen(3000, '0.0.0.0');`, "const host = '::';"],
    good: [`server.listen(port, '127.0.0.1');`, "const home = '[::1]';"],
  },
  {
    name: 'file-that-everybody-knows',
    pattern: /['"`]\/(?:var\/)?tmp\/|(?<!mkdtemp(?:Sync)?\([^;]{0,60})\btmpdir\(\)/g,
    instead: 'A temporary folder is made by mkdtemp: a name that can be guessed may be a link of somebody else.',
    bad: ["const file = '/tmp/earmark.sock';", "writeFile(path.join(os.tmpdir(), 'a.json'), text);"],
    good: ["await mkdtemp(path.join(os.tmpdir(), 'earmark-'));", "path.join(folder, 'tmp')"],
  },
  {
    name: 'file-that-everybody-writes',
    pattern: /\b0o?[0-7]?[0-7]{2}[2367]\b(?=\s*[,)}])/g,
    instead: 'A file is for its owner, or at most to be read by others.',
    bad: [
      'await chmod(file, 0o777);',
      'await mkdir(folder, { mode: 0o733 });',
      'await writeFile(file, text, { mode: 0o666 });',
    ],
    good: ['await chmod(file, 0o755);', 'await writeFile(file, text, { mode: 0o600 });'],
  },
  {
    name: 'address-without-tls',
    pattern: /['"`](?:http|ftp|ws):\/\/(?!localhost|127\.0\.0\.1|\[::1\]|\$\{|host:port)/g,
    instead: 'What is fetched from elsewhere comes over https.',
    bad: ["const source = 'http://downloads.example/temporal.tar.gz';"],
    good: [
      "const source = 'https://downloads.example/a';",
      "const ui = 'http://127.0.0.1:8233';",
      'const own = `http://${host}`;',
    ],
  },
  {
    name: 'markup-from-a-text',
    pattern: /\.(?:inner|outer)HTML\s*\+?=|\bdocument\.write(?:ln)?\(|\.insertAdjacentHTML\(/g,
    instead: 'Text goes into a page as textContent.',
    bad: ['element.innerHTML = text;', 'document.write(text);'],
    good: ['element.textContent = text;'],
  },
  {
    name: 'answers-every-origin',
    pattern: /Access-Control-Allow-Origin['"`]?\s*[,:]\s*['"`]\*|\borigin\s*:\s*(?:true\b|['"`]\*['"`])/gi,
    instead: 'The origins that may read answers are those of EARMARK_CORS_ORIGINS.',
    bad: ["ctx.set('Access-Control-Allow-Origin', '*');", "cors({ origin: '*' })", 'cors({ origin: true })'],
    good: ["ctx.set('Access-Control-Allow-Origin', origin);", 'cors({ origin: allowed })'],
  },
  {
    name: 'exception-without-reason',
    pattern: /(?:ox|es)lint-disable(?:-next-line|-line)?\s+(?=[^\n]*earmark\/)(?![^\n]*\s--\s\S)/g,
    instead: 'Who switches a rule of the project off says why: // oxlint-disable-next-line earmark/… -- because ….',
    bad: ['// oxlint-disable-next-line earmark/no-shell', '/* eslint-disable earmark/no-weak-crypto */'],
    good: [
      '// oxlint-disable-next-line earmark/no-shell -- It is a constant.',
      '// oxlint-disable-next-line no-console',
    ],
  },
];
