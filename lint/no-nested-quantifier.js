const message =
  'This pattern may take exponential time: what is repeated without end must not be made of repetitions alone.';

/**
 * No regular expression such as `(a+)+`: where it does not match, it tries every way to share the text among the repetitions. A group that
 * is repeated without end has something in each round that is there exactly once, or is not repeated without end itself.
 */
export const noNestedQuantifier = {
  meta: { type: 'problem', docs: { description: 'No regular expression with nested quantifiers.' } },
  create(context) {
    const judge = (node, pattern) => {
      if (typeof pattern === 'string' && isNested(pattern)) context.report({ node, message });
    };
    const judgeCall = (node) => {
      const [first] = node.arguments;
      if (node.callee.name !== 'RegExp' || !first) return;
      // What is put in may be anything; it stands for one character here.
      const parts = first.type === 'TemplateLiteral' ? first.quasis.map(({ value }) => value.cooked) : [first.value];
      if (!first.regex) judge(node, parts.every((part) => typeof part === 'string') ? parts.join('x') : undefined);
    };
    return {
      Literal: (node) => judge(node, node.regex?.pattern),
      NewExpression: judgeCall,
      CallExpression: judgeCall,
    };
  },
};

const token =
  /\\(?:u\{[^}]*\}|[pP]\{[^}]*\}|k<[^>]*>|x..|u....|c.|.)|\[(?:\\.|[^\]\\])*\]|\((?:\?(?:<?[=!]|:|<[^>]*>|[a-z-]*:))?|[|)]|[*+?]\??|\{\d+(?:,\d*)?\}\??|[^]/gy;

function isNested(pattern) {
  const tokens = pattern.match(token) ?? [];
  let found = false;
  let at = 0;
  // Reads alternatives up to the end of their group; whether one of them consists of repetitions alone.
  const readGroup = () => {
    let isLoose = false;
    let atoms = [];
    const endAlternative = () => {
      isLoose ||= atoms.some(({ endless }) => endless) && atoms.every(({ endless, optional }) => endless || optional);
      isLoose ||= atoms.some(({ endless, text }) => endless && text === '.');
      atoms = [];
    };
    while (at < tokens.length && tokens[at] !== ')') {
      const text = tokens[at++];
      if (text === '|') {
        endAlternative();
        continue;
      }
      const opens = text.startsWith('(');
      const inner = opens ? readGroup() : false;
      if (opens) at++;
      const quantifier = /^(?:[*+?]|\{\d)/.test(tokens[at] ?? '') ? tokens[at++] : '';
      const endless = /^[*+]|,\}/.test(quantifier);
      if (inner && endless) found = true;
      const isAssertion = /^(?:\^|\$|\\b|\\B|\(\?<?[=!])/.test(text);
      if (!isAssertion)
        atoms.push({
          text,
          endless: endless || (inner && quantifier === ''),
          optional: /^[*?]|^\{0,/.test(quantifier),
        });
    }
    endAlternative();
    return isLoose;
  };
  while (at < tokens.length) {
    readGroup();
    at++;
  }
  return found;
}
