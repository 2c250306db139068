/** UTF-7 (RFC 2152), which CloudBerry writes paths in. */

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const values: ReadonlyMap<string, number> = new Map(
  Array.from(alphabet, (character, value) => [character, value]),
);

/**
 * The text that UTF-7 `text` stands for; `undefined` when it is not UTF-7: beyond ASCII, a run of base64
 * that is no whole number of UTF-16 units or has stray bits at its end, half a surrogate pair. All of
 * ASCII may stand for itself, also `\` and `~`, which the RFC leaves out and paths of Windows need.
 */
export function findUtf7Text(text: string): string | undefined {
  let decoded = "";
  let at = 0;
  while (at < text.length) {
    const plus = text.indexOf("+", at);
    const end = plus === -1 ? text.length : plus;
    decoded += text.slice(at, end);
    if (plus === -1) {
      break;
    }
    const run = findRun(text, plus + 1);
    if (run === undefined) {
      return undefined;
    }
    decoded += run.decoded;
    at = run.end;
  }
  return isAscii(text) && decoded.isWellFormed() ? decoded : undefined;
}

/** The run of base64 that begins at `start`, behind its `+`; nothing and a `-` stand for the plus itself. */
function findRun(text: string, start: number): { decoded: string; end: number } | undefined {
  if (text.charAt(start) === "-") {
    return { decoded: "+", end: start + 1 };
  }
  let decoded = "";
  let bits = 0;
  let bitCount = 0;
  let at = start;
  for (let value = values.get(text.charAt(at)); value !== undefined; ) {
    bits = (bits << 6) | value;
    bitCount += 6;
    if (bitCount >= 16) {
      bitCount -= 16;
      decoded += String.fromCharCode(bits >> bitCount);
      bits &= (1 << bitCount) - 1;
    }
    at += 1;
    value = values.get(text.charAt(at));
  }
  if (decoded === "" || bitCount >= 6 || bits !== 0) {
    return undefined;
  }
  return { decoded, end: text.charAt(at) === "-" ? at + 1 : at };
}

function isAscii(text: string): boolean {
  return /^[^\u0080-\uffff]*$/.test(text);
}
