import { calledMethod, propertyName, unwrap, valueOf } from './syntax.js';

const random = 'Math.random can be foretold: take node:crypto, or uuid.';
const hash = 'This can be broken: take sha256 or better, and AES-GCM with an initial vector.';

const makers = new Set([
  'createHash',
  'createHmac',
  'createSign',
  'createVerify',
  'createCipheriv',
  'createDecipheriv',
  'hash',
]);
const broken = /^(?:rsa-)?(?:md[245]|sha-?1|rmd160|ripemd160)$|^(?:des|rc[24]|bf)\b|-ecb$/i;
const gone = new Set(['createCipher', 'createDecipher', 'pseudoRandomBytes']);

/** What is random cannot be foretold, and what is hashed or encrypted cannot be forged. */
export const noWeakCrypto = {
  meta: { type: 'problem', docs: { description: 'No random numbers, hashes or ciphers that can be broken.' } },
  create(context) {
    return {
      MemberExpression(node) {
        const isRandom = propertyName(node) === 'random' && unwrap(node.object).name === 'Math';
        if (isRandom) context.report({ node, message: random });
      },
      CallExpression(node) {
        const name = calledMethod(node) ?? unwrap(node.callee).name;
        const algorithm = node.arguments[0] && valueOf(node.arguments[0], context.sourceCode);
        const isBroken = makers.has(name) && broken.test(typeof algorithm?.value === 'string' ? algorithm.value : '');
        if (isBroken || gone.has(name)) context.report({ node, message: hash });
      },
    };
  },
};
