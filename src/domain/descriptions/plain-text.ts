/** Descriptions of any other kind: the text is the name (glacier-cli, glacier-cmd, glacier-upload, scripts). */
import type { FoundDescription } from "./decoded-description.ts";
import { showWindowsPath } from "./windows-path.ts";

/** The file that free text names; a blank text names none. */
export function describePlainText(text: string): FoundDescription {
  return text.trim() === ""
    ? { name: "", tool: "none" }
    : { name: showWindowsPath(text), tool: "plain text" };
}
