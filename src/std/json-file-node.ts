/** Small JSON files: read when they are there, and parsed without a throw. */
import { readFile } from "node:fs/promises";

/** The text of the file, or `undefined` when there is none; any other failure is thrown as it is. */
export async function findFileText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") {
      return undefined;
    }
    throw error;
  }
}

/** The value of JSON `text`, or `undefined` when it is not JSON: a schema then says what is wrong. */
export function findJsonValue(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
