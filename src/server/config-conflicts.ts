/** Settings that are right by themselves, and wrong beside each other. */
import type { ListenAddress } from "./config-values.ts";
import { isLoopback } from "./loopback.ts";

/** Settings that come together or not at all. */
const PAIRS = [
  ["root-access-key-id", "root-secret-access-key"],
  ["tls-cert", "tls-key"],
] as const;

/** What is wrong with the values together; `given` and `values` by the name of the setting. */
export function listConflicts(
  given: ReadonlyMap<string, unknown>,
  values: ReadonlyMap<string, unknown>,
): readonly string[] {
  const conflicts: string[] = [];
  for (const pair of PAIRS) {
    const missing = pair.filter((name) => !given.has(name));
    if (missing.length === 1) {
      const [present] = pair.filter((name) => given.has(name));
      conflicts.push(`${missing[0]} is missing: it must be given together with ${present}`);
    }
  }
  if (given.has("encryption-key-file") && given.has("encryption-kms-key-id")) {
    conflicts.push("encryption-key-file and encryption-kms-key-id exclude each other; give one");
  }
  if (given.has("kms-endpoint") && !given.has("encryption-kms-key-id")) {
    conflicts.push("kms-endpoint needs encryption-kms-key-id");
  }
  const [api, console] = ["listen", "console-listen"].map(
    (name) => values.get(name) as ListenAddress | "off" | undefined,
  );
  if (isSameAddress(api, console)) {
    conflicts.push("listen and console-listen must differ; both are the same address and port");
  }
  const isInClear = given.has("tls-cert") && values.get("console-tls") === "off";
  if (isInClear && typeof console === "object" && !isLoopback(console.host)) {
    conflicts.push(
      `console-tls may be off only while console-listen is a loopback address; it is ${console.host}`,
    );
  }
  return conflicts;
}

function isSameAddress(
  left: ListenAddress | "off" | undefined,
  right: ListenAddress | "off" | undefined,
): boolean {
  return (
    typeof left === "object" &&
    typeof right === "object" &&
    left.port !== 0 &&
    left.port === right.port &&
    left.host === right.host
  );
}
