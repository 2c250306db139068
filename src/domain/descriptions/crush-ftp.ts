/** Records of CrushFTP: FastGlacier's version 4 without the flags, which FastGlacier itself always writes. */
import type { FoundDescription } from "./decoded-description.ts";
import { describeRecord, findRecord } from "./fast-glacier.ts";

/** The file in such a record; `undefined` when the text has another form. */
export function findCrushFtp(text: string): FoundDescription | undefined {
  const found = findRecord(text);
  return found?.version === "4" && found.flags === undefined
    ? describeRecord(found, "CrushFTP")
    : undefined;
}
