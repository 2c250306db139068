/** `--output yaml-stream`: each page is an item of a list, printed as soon as it is there. */
import type { JsonValue } from "../../../std/json.ts";
import { formatYamlOutput } from "./yaml.ts";

/** The text of one page. */
export function formatYamlStreamItem(page: JsonValue): string {
  return formatYamlOutput([page]);
}
