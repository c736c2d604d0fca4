import { judges } from '../support/lint-examples.ts';

describe('Lint of what a caller chooses', () => {
  judges('no-caller-chosen-target', {
    refuses: {
      'fetching an address of the query': 'await fetch(ctx.query.next);',
      'fetching an address that holds a part of the body': 'await fetch(`https://${request.body.host}/`);',
      'fetching an address made before':
        'const { callback } = request.body;\nconst url = new URL(callback);\nawait fetch(url);',
      'a redirect to a header': `ctx.redirect(ctx.get('Referer'));`,
      'a redirect by its header': `response.setHeader('Location', request.url);`,
      'opening a file by a parameter': 'await readFile(path.join(folder, ctx.params.name));',
      'writing a file by a parameter': 'createWriteStream(`/data/${request.params.id}`);',
      'running a program with a parameter': `execFile('tar', ['-xf', request.params.file]);`,
      'importing what a parameter names': 'await import(`./${ctx.params.plugin}.js`);',
      'a pattern of the query': `new RegExp(ctx.query.pattern, 'i').test(text);`,
      'a page that says the path': 'ctx.body = `<p>${ctx.path} is not here</p>`;',
      'an answer that says a header': `response.end('Hello ' + request.headers.from);`,
    },
    allows: {
      'fetching an address of the settings': 'await fetch(new URL(config.jwksUrl));',
      'a redirect to an address of its own': `ctx.redirect('/docs/');`,
      'looking a file up': 'const file = assets.get(ctx.params.name);\nawait readFile(file);',
      'JSON with the path in it': 'ctx.body = JSON.stringify({ path: ctx.path });',
      'a constant page': 'ctx.body = content.body;',
      'a name that only looks alike': 'const url = own();\nawait fetch(url, { headers: request.headers });',
      'a property of that name': 'await fetch(target.url);',
    },
  });
});

describe('Lint of fields that nobody checked', () => {
  judges('no-unchecked-fields', {
    refuses: {
      'a body that is spread': 'const order = { id, ...ctx.request.body };',
      'a query that is assigned': 'Object.assign(filter, ctx.query);',
      'JSON that is spread': 'const options = { ...JSON.parse(text) };',
      'a body that is inserted': `await db('orders').insert(ctx.request.body);`,
      'a query as a condition': `void db('orders').where(ctx.query);`,
      'a body from a constant': `const { body } = ctx.request;\nvoid db('orders').update(body);`,
    },
    allows: {
      'fields by name': 'const order = { id, name: ctx.request.body.name };',
      'a checked body': 'const warehouse = { code, ...request.body };',
      'a spread of its own': 'const all = { ...defaults, ...given };',
      'one value that is bound': `void db('orders').where({ id: ctx.params.id });`,
      'an assignment of its own': 'Object.assign(error, { code });',
    },
  });
});

describe('Lint of shells', () => {
  judges('no-shell', {
    refuses: {
      exec: `import { exec } from 'node:child_process';`,
      'execSync under another name': `import { execSync as run } from 'child_process';`,
      'exec of the module': 'child_process.exec(`ls ${folder}`);',
      'a shell as an option': 'spawn(file, args, { shell: true });',
      'a shell by its name': `spawn(file, args, { shell: '/bin/sh' });`,
      'a shell perhaps': 'spawn(file, args, { shell: isWindows });',
    },
    allows: {
      execFile: `import { execFile } from 'node:child_process';`,
      'a program with its arguments': `spawn(file, ['-c', text], { cwd });`,
      'no shell': 'spawn(file, args, { shell: false });',
      'exec of a pattern': 'const match = pattern.exec(text);',
    },
  });
});

describe('Lint of random numbers, hashes and ciphers', () => {
  judges('no-weak-crypto', {
    refuses: {
      'Math.random': 'const id = Math.random().toString(36);',
      'Math.random in brackets': `const id = Math['random']();`,
      md5: `createHash('md5').update(text);`,
      'sha1 of a module': `crypto.createHmac('SHA1', key);`,
      'sha1 by a constant': `const algorithm = 'sha1';\ncreateHash(algorithm);`,
      'a cipher block by block': `createCipheriv('aes-256-ecb', key, null);`,
      des: `createCipheriv('des-ede3-cbc', key, iv);`,
      'a cipher without a vector': `createCipher('aes192', password);`,
    },
    allows: {
      randomBytes: 'const secret = randomBytes(32);',
      sha256: `createHash('sha256').update(text);`,
      'aes in gcm': `createCipheriv('aes-256-gcm', key, iv);`,
      'other mathematics': 'const rounded = Math.round(value);',
      'a random of its own': 'const value = generator.random();',
    },
  });
});

describe('Lint of TLS without a check', () => {
  judges('no-unverified-peer', {
    refuses: {
      'certificates that are not looked at': 'connect({ rejectUnauthorized: false });',
      'certificates that perhaps are not': 'connect({ rejectUnauthorized: !insecure });',
      'certificates by assignment': 'options.rejectUnauthorized = false;',
      'any name of a host': 'connect({ checkServerIdentity: () => undefined });',
      'Temporal of any name': 'const tls = { disableHostVerification: true };',
      'the variable of Node': `env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';`,
      'the variable of Node by name': `process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';`,
      'Postgres of any certificate': `const url = 'postgres://db/shop?sslmode=no-verify';`,
      'an old version': `connect({ minVersion: 'TLSv1.1' });`,
      'an old protocol': `connect({ secureProtocol: 'TLSv1_method' });`,
    },
    allows: {
      'certificates that are looked at': 'connect({ rejectUnauthorized: true });',
      'a version that holds': `connect({ minVersion: 'TLSv1.2' });`,
      'an authority of its own': 'connect({ ca: certificate });',
    },
  });
});

describe('Lint of comparisons of secrets', () => {
  judges('no-open-comparison', {
    refuses: {
      'a secret': 'if (given === secret) allow();',
      'a token of an object': 'if (request.token !== stored.token) refuse();',
      'a hash': 'const isRight = hash == passwordHash;',
      'a name that ends with it': 'const isRight = apiKey === expected;',
      buffers: 'const isRight = digest.equals(expected);',
    },
    allows: {
      timingSafeEqual: 'const isRight = timingSafeEqual(hash, stored);',
      'whether there is one': 'if (secret === undefined) refuse();',
      'of which type it is': `if (typeof token === 'string') read(token);`,
      'a sign': `if (token === '{') open();`,
      'a kind of key': 'if (kind === keyKind) use();',
    },
  });
});

describe('Lint of what is logged', () => {
  judges('no-logged-secret', {
    refuses: {
      headers: 'log.info({ headers: ctx.req.headers }, text);',
      'headers by a constant': 'log.info({ headers });',
      'a header among them': 'log.warn({ host: ctx.headers.host });',
      'an authorization': 'log.warn(`refused ${authorization}`);',
      'all settings': `log.debug(config, 'starts');`,
      'all variables': 'console.log(process.env);',
      'a variable': 'console.error(process.env.DATABASE_URL);',
      'an address with a password': 'logger.info({ url: config.databaseUrl });',
      'a password of an object': 'this.log.error(account.password);',
      'a token on the way': 'log.error({ text: String(token) });',
    },
    allows: {
      'one setting': 'log.info({ port: config.port });',
      'a name of its own': `log.info({ token: 'given' }, 'A token was given');`,
      'an error': 'log.error({ err: error });',
      'another method': 'store.set(token);',
      mathematics: 'const bits = Math.log(secret);',
    },
  });
});

describe('Lint of servers without limits', () => {
  judges('no-unlimited-server', {
    refuses: {
      'a server': `import { createServer } from 'node:http';\ncreateServer(handle);`,
      'a server of the module': `import http from 'node:http';\nhttp.createServer(handle);`,
      'a server with some limits': `import { createServer } from 'node:https';\ncreateServer({ requestTimeout: 1 }, handle);`,
      'a server of HTTP/2': `import http2 from 'node:http2';\nhttp2.createSecureServer({ key }, handle);`,
    },
    allows: {
      'a server with limits': `import { createServer } from 'node:http';\ncreateServer({ headersTimeout: 1, requestTimeout: 2, keepAliveTimeout: 3 }, handle);`,
      'a server of another protocol': `import net from 'node:net';\nnet.createServer(handle);`,
      'a server of its own': 'const server = createServer(handle);',
    },
  });
});

describe('Lint of patterns that backtrack', () => {
  judges('no-nested-quantifier', {
    refuses: {
      'a repetition of a repetition': 'const words = /^(a+)+$/;',
      'a repetition of what may be empty': 'const words = /(?:\\w*)*x/;',
      'one alternative of several': 'const words = /^(?:\\d|[a-z]+)*$/;',
      'a repetition with what may be missing': 'const words = /^(?:\\w+-?)+$/;',
      'a repetition of anything': 'const list = /^(?:.*,)*$/;',
      'a repetition two groups deep': 'const words = /^((?:a+))+$/;',
      'a repetition from some number on': 'const words = /^(?:a+){2,}$/;',
      'a pattern as a text': `const words = new RegExp('^(a+)+$');`,
      'a pattern that is put together': 'const words = RegExp(`^(?:[${letters}]+)*$`);',
    },
    allows: {
      'rounds that begin with a sign': 'const name = /^[a-z]+(?:-[a-z]+)*$/;',
      'a group a few times': 'const number = /^(?:\\d+){0,3}$/;',
      'a group once': 'const number = /^(\\d+)?$/;',
      'one character per round': 'const text = /^(?:[a-z]|\\d)*$/;',
      'signs in brackets': 'const signs = /[(a+)+]/;',
      'signs that are meant': 'const sum = /(?:\\(a\\+\\))+/;',
    },
  });
});
