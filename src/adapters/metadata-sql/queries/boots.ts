/** Boots: the process starts whose blobs this metadata knows. */
import type { BootStore } from "../../../ports/metadata-store.ts";
import type { SqlContext } from "../schema.ts";

export function makeBootStore(context: SqlContext): BootStore {
  return {
    insert: (boot, startedAtMs) => insertBoot(context, boot, startedAtMs),
    list: () => listBoots(context),
  };
}

async function insertBoot(context: SqlContext, boot: number, startedAtMs: number): Promise<void> {
  await context.db.insertInto("boots").values({ boot, started_at_ms: startedAtMs }).execute();
}

async function listBoots(context: SqlContext): Promise<ReadonlySet<number>> {
  const rows = await context.db.selectFrom("boots").select("boot").execute();
  return new Set(rows.map((row) => row.boot));
}
