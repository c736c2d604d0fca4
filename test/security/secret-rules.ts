/** What a secret of one kind looks like, in the manner of gitleaks. */
export interface SecretRule {
  readonly name: string;
  /** Global. Its first group, or else the whole match, is the secret. */
  readonly pattern: RegExp;
  /** Bits per character that the secret must have: what is below is a word, a name or a placeholder. */
  readonly entropy?: number;
  /** One that is none, put together here so that no file holds it. */
  readonly sample: string;
}

/** A text that looks like a secret and is none. */
export interface KnownSample {
  readonly rule: string;
  /** The secret as a whole. */
  readonly text: RegExp;
  readonly reason: string;
}

/** As long as wanted, with the entropy of a real one. */
function random(length: number): string {
  const unit = 'q7Zk2mXw9LtB4vRs0HdJ6nYc3GfPa8Ue1Ti5Vo';
  return unit.repeat(Math.ceil(length / unit.length)).slice(0, length);
}

const word = '(?:secret|token|passw(?:or)?d|passphrase|api[_-]?key|access[_-]?key|private[_-]?key|credentials?)';

export const secretRules: readonly SecretRule[] = [
  {
    name: 'earmark-api-key',
    pattern: /earmark_[a-z0-9]{12}_[A-Za-z0-9_-]{43}/g,
    entropy: 3,
    sample: `earmark_abc234def567_${random(43)}`,
  },
  {
    name: 'json-web-token',
    pattern: /\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}/g,
    sample: `eyJ${random(20)}.eyJ${random(40)}.${random(43)}`,
  },
  {
    name: 'private-key',
    pattern: /-----BEGIN (?:[A-Z]+ )*PRIVATE KEY(?: BLOCK)?-----(?:\\n|\s)*[A-Za-z0-9+/=\s]{16}/g,
    sample: ['-----BEGIN', 'PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC'].join(' '),
  },
  {
    name: 'private-json-web-key',
    pattern: /"kty"\s*:\s*"(?:RSA|EC|OKP)"[^{}]{0,2000}"d"\s*:\s*"([A-Za-z0-9_-]{32,})"/g,
    entropy: 3,
    sample: `{"kty":"EC","crv":"P-256","d":"${random(43)}"}`,
  },
  {
    name: 'aws-access-key',
    pattern: /\b(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}\b/g,
    sample: ['AKIA', 'Q3EGRXP2ZT7M5KCV'].join(''),
  },
  {
    name: 'github-token',
    pattern: /\b(?:gh[pousr]_[A-Za-z0-9]{36}|github_pat_\w{82})\b/g,
    sample: `ghp_${random(36)}`,
  },
  { name: 'gitlab-token', pattern: /\bglpat-[\w-]{20,}/g, sample: `glpat-${random(20)}` },
  { name: 'npm-token', pattern: /\bnpm_[A-Za-z0-9]{36}\b/g, sample: `npm_${random(36)}` },
  {
    name: 'npm-registry-login',
    pattern: /_(?:authToken|auth|password)\s*=\s*([^\s$"'{}]{8,})/g,
    sample: `//registry.example/:_authToken=${random(36)}`,
  },
  {
    name: 'slack-token',
    pattern: /\bxox[abeoprs]-[A-Za-z0-9-]{10,}|hooks\.slack\.com\/services\/[A-Za-z0-9/]{40,}/g,
    sample: `xoxb-${random(12)}-${random(24)}`,
  },
  { name: 'google-api-key', pattern: /\bAIza[\w-]{35}\b/g, sample: `AIza${random(35)}` },
  { name: 'stripe-key', pattern: /\b[rs]k_(?:live|test)_[A-Za-z0-9]{20,}/g, sample: `sk_live_${random(24)}` },
  {
    name: 'address-with-password',
    pattern: /\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s/:@'"`<>]{0,64}:(?!\$\{)([^\s/@'"`<>]{3,128})@[^\s'"`]/gi,
    sample: `postgres://shop:${random(16)}@db.example:5432/shop`,
  },
  {
    name: 'authorization-header',
    pattern: /\b(?:Bearer|Basic) +([\w.~+/-]{20,}=*)/g,
    entropy: 3.5,
    sample: `Authorization: Bearer ${random(32)}`,
  },
  {
    name: 'named-secret',
    pattern: new RegExp(
      `${word}[\\w-]{0,20}['"]?(?:\\s*:\\s*string)?\\s*(?:=>|[:=])\\s*['"\`]([\\w+/=.~!#%&*-]{16,})['"\`]`,
      'gi',
    ),
    entropy: 3.7,
    sample: `const clientSecret = '${random(24)}';`,
  },
  {
    name: 'secret-in-environment',
    pattern: new RegExp(
      `^[ #]*(?:export +)?[A-Z0-9_]*${word.toUpperCase()}[A-Z0-9_]*=([\\w+/=.~!#%&*-]{16,})\\s*$`,
      'gm',
    ),
    entropy: 3.7,
    sample: `EARMARK_CLIENT_SECRET=${random(24)}`,
  },
];

/** Each needs a reason, and goes when nothing looks like it any more. */
export const knownSamples: readonly KnownSample[] = [
  {
    rule: 'address-with-password',
    text: /^password$/,
    reason: 'The word itself, where documents and messages show the form of an address.',
  },
  {
    rule: 'address-with-password',
    text: /^(?:secret|\*{3})$/,
    reason: 'test/config.test.ts and its message: the password that is hidden there is the word "secret".',
  },
  {
    rule: 'address-with-password',
    text: /^(?:a%40b|gr%C3%BCn|50%)$/,
    reason: 'test/commands/role-accounts.test.ts: how passwords are spelled in addresses, with and without mistakes.',
  },
];

/** Files that hold secrets by their nature, and that no commit may bring. */
export const secretFiles =
  /(?:^|\/)(?:\.env(?:\.(?!example$)[\w.]+)?|\.netrc|\.pgpass|\.htpasswd|id_(?:rsa|dsa|ecdsa|ed25519)|[^/]+\.(?:pem|key|p12|pfx|jks|keystore|kdbx|ovpn))$/;
