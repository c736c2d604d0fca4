import { comesFromCaller } from './input.js';
import { calledMethod, propertyName, unwrap } from './syntax.js';

const message =
  'A caller chooses this: an address, a file, a program, a pattern or the text of an answer is the code’s own, or is looked up by what the caller says.';

const files = new Set(
  'access appendFile chmod copyFile cp createReadStream createWriteStream lstat mkdir open opendir readFile readFileSync readdir realpath rename rm stat symlink truncate unlink writeFile writeFileSync sendFile'.split(
    ' ',
  ),
);
const programs = new Set('exec execFile execFileSync execSync fork spawn spawnSync'.split(' '));
const addresses = new Set(['fetch', 'redirect', 'request']);
const texts = new Set(['end', 'write']);
const setters = new Set(['set', 'setHeader', 'writeHead', 'append']);

/** Nothing that a caller sends becomes where the server goes, what it opens or runs, or a page that it answers with. */
export const noCallerChosenTarget = {
  meta: { type: 'problem', docs: { description: 'No address, file, program or page that a caller chooses.' } },
  create(context) {
    const { sourceCode } = context;
    const judge = (node) => {
      if (node && comesFromCaller(node, sourceCode)) context.report({ node, message });
    };
    return {
      CallExpression(node) {
        const callee = unwrap(node.callee);
        const name = calledMethod(node) ?? callee.name;
        const [first, second] = node.arguments;
        if (files.has(name) || addresses.has(name) || name === 'RegExp') judge(first);
        else if (programs.has(name)) node.arguments.forEach(judge);
        else if (texts.has(name) && !isJson(first)) judge(first);
        else if (setters.has(name) && /^location$/i.test(first?.value ?? '')) judge(second);
      },
      NewExpression(node) {
        if (node.callee.name === 'RegExp') judge(node.arguments[0]);
      },
      ImportExpression: (node) => judge(node.source),
      AssignmentExpression({ left, right }) {
        if (left.type === 'MemberExpression' && propertyName(left) === 'body' && !isJson(right)) judge(right);
      },
    };
  },
};

/** JSON is no page: whatever is in it, no browser runs it. */
function isJson(node) {
  return node?.type === 'CallExpression' && calledMethod(node) === 'stringify';
}
