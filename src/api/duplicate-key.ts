/** The strings of a JSON text and what stands between them; numbers and words are of no interest. */
const tokens = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\],:]/g;

/**
 * Finds a key that an object has twice, which JSON.parse would resolve silently to the last one: the caller and whoever logged or
 * checked the body on its way may have read the first.
 * One pass without recursion, so that no depth of nesting can break it.
 * @param json text that JSON.parse has accepted
 * @returns undefined when there is none
 */
export function findDuplicateKey(json: string): string | undefined {
  // The keys of each object around the current place; null for a list.
  const open: (Set<string> | null)[] = [];
  let string = '';
  for (const [token] of json.matchAll(tokens)) {
    if (token.startsWith('"')) string = token;
    else if (token === '{') open.push(new Set());
    else if (token === '[') open.push(null);
    else if (token === '}' || token === ']') open.pop();
    else if (token === ':') {
      // Compared as read: "\u0061" and "a" are one key.
      const key = JSON.parse(string) as string;
      const keys = open.at(-1);
      if (keys?.has(key)) return key;
      keys?.add(key);
    }
  }
  return undefined;
}
