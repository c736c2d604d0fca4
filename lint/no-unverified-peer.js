import { propertyName, unwrap } from './syntax.js';

const message =
  'This talks to whoever answers: the certificate and the name of the other side are checked, in TLS 1.2 or newer.';

const old = /^(?:SSLv[23]|TLSv1(?:\.1)?)(?:_(?:client_|server_)?method)?$/;
const unchecked = /\bNODE_TLS_REJECT_UNAUTHORIZED\b|\bsslmode=no-verify\b|--tls-disable-host-verification\b/;

/** Nothing switches off what makes TLS more than a scrambled line: certificates, names of hosts, versions that hold. */
export const noUnverifiedPeer = {
  meta: { type: 'problem', docs: { description: 'No TLS without a check of the other side.' } },
  create(context) {
    const judge = (node, name, value) => {
      const isOff =
        (name === 'rejectUnauthorized' && value.value !== true) ||
        (/^disableHostVerification$/i.test(name ?? '') && value.value !== false) ||
        (/^(?:minVersion|maxVersion|secureProtocol)$/.test(name ?? '') && old.test(value.value ?? '')) ||
        name === 'checkServerIdentity';
      if (isOff) context.report({ node, message });
    };
    return {
      Property(node) {
        if (node.parent.type === 'ObjectExpression') judge(node, propertyName(node), unwrap(node.value));
      },
      AssignmentExpression(node) {
        if (node.left.type === 'MemberExpression') judge(node, propertyName(node.left), unwrap(node.right));
      },
      Literal(node) {
        if (typeof node.value === 'string' && unchecked.test(node.value)) context.report({ node, message });
      },
      Identifier(node) {
        if (unchecked.test(node.name)) context.report({ node, message });
      },
    };
  },
};
