/** Control characters, lone surrogates, and the marks that make text read in another order than it is stored. */
const unreadable = /[\p{Cc}\p{Cs}\u202A-\u202E\u2066-\u2069]/u;

/**
 * What {@link isPlainText} allows apart from the length, as a regular expression that other languages understand as well. For
 * documents only: on long blank texts it is slow.
 */
export const plainTextPattern = (() => {
  const unreadable = '\\u0000-\\u001F\\u007F-\\u009F\\u202A-\\u202E\\u2066-\\u2069';
  const blank = ' \\u00A0\\u1680\\u2000-\\u200A\\u2028\\u2029\\u202F\\u205F\\u3000\\uFEFF';
  return `^[^${unreadable}]*[^${unreadable}${blank}][^${unreadable}]*$`;
})();

/** Whether text can be stored and shown as it is: at most `max` characters, nothing invisible that alters it, not only blanks. */
export function isPlainText(text: string, max: number): boolean {
  return text.trim() !== '' && Array.from(text).length <= max && !unreadable.test(text);
}

const uuidPattern = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

/** Whether text is a UUID of any version. */
export function isUuid(text: string): boolean {
  return uuidPattern.test(text);
}
