/** Reads what was recorded of the AWS CLI. */
import { readFileSync } from "node:fs";

/** The content of a JSON file of `fixtures/`. */
export function readFixture<T>(name: string): T {
  const url = new URL(`./fixtures/${name}`, import.meta.url);
  return JSON.parse(readFileSync(url, "utf8")) as T;
}
