/** A known hole in a package that we have, and where it ends. */
export interface MinimumVersion {
  readonly package: string;
  /** The first good version in each line of versions that had the hole. A line above the highest of them never had it. */
  readonly atLeast: readonly string[];
  readonly advisory: `CVE-${number}-${number}` | `GHSA-${string}`;
  readonly what: string;
  /** Versions that have the hole and are here all the same, with the reason why it does not bite. */
  readonly accepted?: { readonly versions: readonly string[]; readonly why: string };
}

/** `npm audit` asks a registry, and not every one answers. This is what must hold without it. */
export const minimumVersions: readonly MinimumVersion[] = [
  // What a running Earmark has in it.
  {
    package: '@grpc/grpc-js',
    atLeast: ['1.8.22', '1.9.15', '1.10.9'],
    advisory: 'CVE-2024-37168',
    what: 'takes in messages far above the configured size',
  },
  {
    package: '@grpc/grpc-js',
    atLeast: ['1.9.16', '1.10.12', '1.11.4', '1.12.7', '1.13.5', '1.14.4'],
    advisory: 'CVE-2026-48069',
    what: 'a malformed compressed message ends the process',
  },
  {
    package: '@koa/cors',
    atLeast: ['5.0.0'],
    advisory: 'CVE-2023-49803',
    what: 'every origin is let in when none is configured',
  },
  {
    package: 'koa',
    atLeast: ['2.15.4', '3.0.0'],
    advisory: 'CVE-2025-25200',
    what: 'forwarded headers are read with a regular expression that backtracks',
  },
  {
    package: 'koa',
    atLeast: ['2.16.1', '3.0.0'],
    advisory: 'CVE-2025-32379',
    what: 'a redirect puts its address unescaped into a page',
  },
  {
    package: 'koa',
    atLeast: ['2.16.4', '3.1.2'],
    advisory: 'CVE-2026-27959',
    what: 'ctx.hostname gives what a caller wrote before an @ in Host',
  },
  {
    package: 'knex',
    atLeast: ['2.4.0'],
    advisory: 'CVE-2016-20018',
    what: 'an object as a value leaves out the WHERE clause',
  },
  { package: 'pg', atLeast: ['7.1.2'], advisory: 'CVE-2017-16082', what: 'column names from a server run as code' },
  {
    package: 'jose',
    atLeast: ['4.15.5'],
    advisory: 'CVE-2024-28176',
    what: 'a small encrypted token unpacks to any size',
  },
  {
    package: 'path-to-regexp',
    atLeast: ['8.0.0'],
    advisory: 'CVE-2024-45296',
    what: 'two parameters in a segment backtrack',
  },
  {
    package: 'path-to-regexp',
    atLeast: ['8.4.0'],
    advisory: 'CVE-2026-4923',
    what: 'several wildcards in a route backtrack',
  },
  {
    package: 'path-to-regexp',
    atLeast: ['8.4.0'],
    advisory: 'CVE-2026-4926',
    what: 'optional groups in a row grow exponentially',
  },
  {
    package: 'protobufjs',
    atLeast: ['6.11.4', '7.2.5'],
    advisory: 'CVE-2023-36665',
    what: 'a message changes the prototype of all objects',
  },
  {
    package: 'protobufjs',
    atLeast: ['7.5.6', '8.0.2'],
    advisory: 'CVE-2026-44289',
    what: 'nested data exhausts the stack while it is decoded',
  },
  {
    package: 'protobufjs',
    atLeast: ['7.5.6', '8.0.2'],
    advisory: 'CVE-2026-44291',
    what: 'a changed prototype becomes generated code',
  },
  {
    package: 'protobufjs',
    atLeast: ['7.5.8', '8.2.0'],
    advisory: 'CVE-2026-45740',
    what: 'nested descriptors exhaust the stack',
  },
  {
    package: 'protobufjs',
    atLeast: ['7.6.5', '8.6.6'],
    advisory: 'CVE-2026-59877',
    what: 'an option that ends early is read for ever',
  },
  {
    package: 'swagger-ui-dist',
    atLeast: ['4.1.3'],
    advisory: 'CVE-2021-46708',
    what: 'a foreign page takes over clicks in the pages of the API',
  },
  {
    package: 'uuid',
    atLeast: ['11.1.1', '13.0.1', '14.0.0'],
    advisory: 'CVE-2026-41907',
    what: 'writes past the end of a buffer that it is given',
  },
  {
    package: 'csv-parse',
    atLeast: ['4.4.6'],
    advisory: 'CVE-2019-17592',
    what: 'numbers are read with a regular expression that backtracks',
  },
  {
    package: 'fresh',
    atLeast: ['0.5.2'],
    advisory: 'CVE-2017-16119',
    what: 'a header is read with a regular expression that backtracks',
  },
  {
    package: 'negotiator',
    atLeast: ['0.6.1'],
    advisory: 'CVE-2016-10539',
    what: 'Accept-Language is read with a regular expression that backtracks',
  },
  {
    package: 'lodash',
    atLeast: ['4.17.21'],
    advisory: 'CVE-2021-23337',
    what: 'names in the options of a template run as code',
  },
  {
    package: 'lodash',
    atLeast: ['4.18.0'],
    advisory: 'CVE-2026-4800',
    what: 'names of imports of a template run as code',
  },
  {
    package: 'minimist',
    atLeast: ['0.2.4', '1.2.6'],
    advisory: 'CVE-2021-44906',
    what: 'arguments change the prototype of all objects',
  },
  {
    package: 'yargs-parser',
    atLeast: ['13.1.2', '15.0.1', '18.1.1'],
    advisory: 'CVE-2020-7608',
    what: 'arguments change the prototype of all objects',
  },
  {
    package: 'y18n',
    atLeast: ['3.2.2', '4.0.1', '5.0.5'],
    advisory: 'CVE-2020-7774',
    what: 'a language changes the prototype of all objects',
  },
  { package: 'ansi-regex', atLeast: ['5.0.1', '6.0.1'], advisory: 'CVE-2021-3807', what: 'backtracks' },
  { package: 'path-parse', atLeast: ['1.0.7'], advisory: 'CVE-2021-23343', what: 'backtracks' },
  // What bundles the workflows.
  {
    package: 'webpack',
    atLeast: ['5.94.0'],
    advisory: 'CVE-2024-43788',
    what: 'elements of a page choose from where a bundle loads',
  },
  {
    package: 'webpack',
    atLeast: ['5.104.1'],
    advisory: 'CVE-2025-68458',
    what: 'a build fetches from addresses that it may not',
  },
  { package: 'terser', atLeast: ['4.8.1', '5.14.2'], advisory: 'CVE-2022-25858', what: 'backtracks' },
  { package: 'browserslist', atLeast: ['4.16.5'], advisory: 'CVE-2021-23364', what: 'a query backtracks' },
  {
    package: 'ajv',
    atLeast: ['6.14.0', '8.18.0'],
    advisory: 'CVE-2025-69873',
    what: 'data becomes a regular expression that backtracks',
  },
  {
    package: 'fast-uri',
    atLeast: ['2.4.3', '3.1.4', '4.1.1'],
    advisory: 'CVE-2026-16221',
    what: 'sees another host than fetch does behind a backslash',
  },
  {
    package: 'fast-uri',
    atLeast: ['2.4.8', '3.1.9', '4.2.3'],
    advisory: 'CVE-2026-110180',
    what: 'sees another host than fetch does behind an @',
  },
  // The tools.
  {
    package: 'esbuild',
    atLeast: ['0.25.0'],
    advisory: 'GHSA-67mh-4wv8-2f99',
    what: 'its development server answers every page',
  },
  {
    package: 'semver',
    atLeast: ['5.7.2', '6.3.1', '7.5.2'],
    advisory: 'CVE-2022-25883',
    what: 'a range backtracks',
  },
  { package: 'json5', atLeast: ['1.0.2', '2.2.2'], advisory: 'CVE-2022-46175', what: 'changes prototypes' },
  { package: 'cross-spawn', atLeast: ['7.0.5'], advisory: 'CVE-2024-21538', what: 'an argument backtracks' },
  {
    package: 'serialize-javascript',
    atLeast: ['6.0.2'],
    advisory: 'CVE-2024-11831',
    what: 'regular expressions come out as markup',
  },
  {
    package: 'serialize-javascript',
    atLeast: ['7.0.3'],
    advisory: 'GHSA-5c6j-r48x-rmvq',
    what: 'flags of a regular expression and dates run as code',
  },
  {
    package: 'minimatch',
    atLeast: ['3.1.3', '4.2.4', '5.1.7', '6.2.1', '7.4.7', '8.0.5', '9.0.6', '10.2.1'],
    advisory: 'CVE-2026-26996',
    what: 'a pattern of many stars backtracks',
  },
  {
    package: 'minimatch',
    atLeast: ['3.1.4', '4.2.5', '5.1.8', '6.2.2', '7.4.8', '8.0.6', '9.0.7', '10.2.3'],
    advisory: 'CVE-2026-27904',
    what: 'a nested pattern backtracks',
  },
  {
    package: 'brace-expansion',
    atLeast: ['1.1.12', '2.0.2', '3.0.1', '4.0.1'],
    advisory: 'CVE-2025-5889',
    what: 'backtracks',
  },
  {
    package: 'brace-expansion',
    atLeast: ['1.1.18', '2.1.4', '3.0.6', '5.0.9'],
    advisory: 'CVE-2026-69152',
    what: 'a short pattern fills the memory',
  },
  { package: 'picomatch', atLeast: ['2.3.2', '3.0.2', '4.0.4'], advisory: 'CVE-2026-33671', what: 'backtracks' },
  {
    package: 'glob',
    atLeast: ['10.5.0', '11.1.0'],
    advisory: 'CVE-2025-64756',
    what: 'its command runs names of files in a shell',
  },
  {
    package: 'diff',
    atLeast: ['3.5.1', '4.0.4', '5.2.2', '8.0.3'],
    advisory: 'CVE-2026-24001',
    what: 'a patch with odd line ends is read for ever',
  },
  {
    package: 'js-yaml',
    atLeast: ['3.14.2', '4.1.1'],
    advisory: 'CVE-2025-64718',
    what: 'a merge changes the prototype of its result',
  },
  {
    package: 'js-yaml',
    atLeast: ['3.15.0', '4.2.0'],
    advisory: 'CVE-2026-53550',
    what: 'a merge of one alias many times takes quadratic time',
  },
  { package: 'yaml', atLeast: ['1.10.3', '2.8.3'], advisory: 'CVE-2026-33532', what: 'nesting exhausts the stack' },
  { package: 'smol-toml', atLeast: ['1.6.1'], advisory: 'GHSA-v3rj-xjv7-4jmq', what: 'comments exhaust the stack' },
  { package: 'smol-toml', atLeast: ['1.7.1'], advisory: 'CVE-2026-85730', what: 'a last comment is read for ever' },
  { package: 'underscore', atLeast: ['1.12.1'], advisory: 'CVE-2021-23358', what: 'a template runs what it is given' },
  { package: 'underscore', atLeast: ['1.13.8'], advisory: 'CVE-2026-27601', what: 'nesting exhausts the stack' },
  { package: '@babel/traverse', atLeast: ['7.23.2'], advisory: 'CVE-2023-45133', what: 'code that is compiled runs' },
  {
    package: '@babel/helpers',
    atLeast: ['7.26.10'],
    advisory: 'CVE-2025-27789',
    what: 'compiles to code that is slow',
  },
  { package: 'qs', atLeast: ['6.14.1'], advisory: 'CVE-2025-15284', what: 'brackets get round the limit of arrays' },
  { package: 'qs', atLeast: ['6.14.2'], advisory: 'CVE-2026-2391', what: 'commas get round the limit of arrays' },
  {
    package: 'qs',
    atLeast: ['6.16.0'],
    advisory: 'CVE-2026-82562',
    what: 'commas behind brackets get round the limit of arrays',
  },
];
