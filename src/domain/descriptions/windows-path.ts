/** Paths of Windows in descriptions (clients of Windows write them as they are there). */

/**
 * `text` with `/` for `\` where it is a path of Windows: one that begins with a drive or a share, or one
 * whose only separators are `\`. Doubled ones, as escaping leaves them, count once. Any other text is
 * returned unchanged.
 */
export function showWindowsPath(text: string): string {
  const isRooted = /^(?:[A-Za-z]:\\|\\\\)/.test(text);
  return isRooted || !text.includes("/")
    ? text.replace(/^\\{2,}/, "//").replaceAll(/\\+/g, "/")
    : text;
}
