/**
 * Loaded into a process before its program: the wall clock is as many milliseconds ahead (or behind, when
 * negative) as the file `SHIFTED_CLOCK_FILE` says, at every moment. Timers and monotonic time go on as they are.
 */
import { readFileSync } from "node:fs";

const file = String(process.env.SHIFTED_CLOCK_FILE);
const RealDate = Date;
const now = () => RealDate.now() + Number(readFileSync(file, "utf8"));

globalThis.Date = class extends RealDate {
  constructor(...parts) {
    super(...(parts.length === 0 ? [now()] : parts));
  }

  static now() {
    return now();
  }
};
