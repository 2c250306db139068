/** Records of QNAP's Glacier backup: JSON with a path and a type. The content may be encrypted by QNAP. */
import type { FoundDescription } from "./decoded-description.ts";
import { findJsonMembers } from "./encoded-text.ts";

/** The file in such a record; `undefined` when the text has another form. */
export function findQnap(text: string): FoundDescription | undefined {
  const { path: name, type } = findJsonMembers(text) ?? {};
  return typeof name === "string" && typeof type === "string" ? { name, tool: "QNAP" } : undefined;
}
