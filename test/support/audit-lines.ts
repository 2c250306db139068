/** Reads the audit log of a service in a test. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { AuditEvent } from "../../src/ports/audit-log.ts";

/** The lines of a data folder's audit log, those that are JSON and those that are not. */
export async function readAuditLines(dataDir: string) {
  const folder = join(dataDir, "audit");
  const names = (await readdir(folder)).sort();
  const texts = await Promise.all(names.map((name) => readFile(join(folder, name), "utf8")));
  const lines = texts.flatMap((text) => text.split("\n")).filter((line) => line !== "");
  const parsed = lines.map(parseEvent);
  const events = parsed.filter((event) => event !== undefined);
  return { text: texts.join(""), lines, events, torn: lines.length - events.length };
}

/** The events of a request, by the id in its answer. */
export async function findAuditEvents(
  dataDir: string,
  requestId: string | undefined,
): Promise<readonly AuditEvent[]> {
  const { events } = await readAuditLines(dataDir);
  return events.filter(({ requestID }) => requestID === requestId);
}

/** The one event of a request, which may come up to a second after its answer. */
export async function awaitAuditEvent(
  dataDir: string,
  requestId: string | undefined,
): Promise<AuditEvent> {
  for (let round = 0; round < 60; round += 1) {
    const [event, ...others] = await findAuditEvents(dataDir, requestId).catch(() => []);
    if (event !== undefined && others.length === 0) {
      return event;
    }
    await sleep(25);
  }
  throw new Error(`the audit log has not exactly one line for the request ${requestId}`);
}

function parseEvent(line: string): AuditEvent | undefined {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
