/** Settings that are right one by one and wrong together. */
import type { GivenValue } from "./config-sources.ts";
import type { ListenAddress } from "./config-values.ts";

/** One sentence for each conflict among the values given, of which `values` are those that win. */
export function listConflicts(
  given: ReadonlyMap<string, readonly GivenValue[]>,
  values: ReadonlyMap<string, unknown>,
): readonly string[] {
  const conflicts: string[] = [];
  const pair = ["root-access-key-id", "root-secret-access-key"];
  const missing = pair.filter((name) => !given.has(name));
  if (missing.length === 1) {
    const [present] = pair.filter((name) => given.has(name));
    conflicts.push(`${missing[0]} is missing: it must be given together with ${present}`);
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
