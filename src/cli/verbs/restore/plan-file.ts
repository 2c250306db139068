/**
 * The file of a plan, `<journal folder>/plans/<id>.jsonl`: a line of JSON for the plan, one for each item,
 * and then one for everything that happens, each durable before the next step. It appears whole: a crash
 * before leaves a `.tmp` that nothing reads. A crash while a line is written leaves half of one at the
 * end, which goes when the plan is opened again. One process at a time works on a plan.
 */
import { randomBytes } from "node:crypto";
import { type FileHandle, mkdir, open, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { RETRIEVAL_TIERS } from "../../../domain/retrieval-tier.ts";
import { syncFolder } from "../../../std/durable-file-node.ts";
import { findIsoInstant, formatIsoMilliseconds } from "../../../std/iso-time.ts";
import { findFileText, findJsonValue } from "../../../std/json-file-node.ts";
import { lockJournal } from "../../catalog/journal-lock.ts";
import { EXIT } from "../../exit-codes.ts";
import { usageFailure, VerbFailure } from "../../session/verb-failure.ts";
import type { PlanItem, PlanPack, PlanRecord, RestorePlan } from "./plan.ts";

export interface PlanFile {
  readonly plan: RestorePlan;
  readonly path: string;
  /** What happened before it was opened. */
  readonly records: readonly PlanRecord[];
  /** Resolves when the record is on stable storage; calls that wait together share one fsync. */
  append(record: PlanRecord): Promise<void>;
  close(): Promise<void>;
  /** Removes the file of a plan that is done, and closes it. */
  remove(): Promise<void>;
}

const VERSION = 1;
const instant = z.string().transform((text, context) => {
  const atMs = findIsoInstant(text);
  if (atMs === undefined) {
    context.addIssue("must be an ISO 8601 instant");
    return z.NEVER;
  }
  return atMs;
});

const headSchema = z.object({
  op: z.literal("PLAN"),
  v: z.literal(VERSION),
  t: instant,
  plan: z.string(),
  vault: z.string(),
  arn: z.string(),
  dir: z.string(),
  tier: z.enum(RETRIEVAL_TIERS),
  bytesPerHour: z.number().positive().optional(),
  existing: z.enum(["keep", "overwrite", "skip"]),
  decrypt: z.boolean().optional(),
  identity: z.string().optional(),
  items: z.int(),
});

const packSchema = z.object({
  range: z.object({ start: z.int(), endExclusive: z.int() }).optional(),
  packBytes: z.int(),
  members: z.array(
    z.object({
      name: z.string(),
      path: z.string(),
      offset: z.int(),
      sizeBytes: z.int(),
      treeHash: z.string(),
      modifiedAtMs: z.number().optional(),
      mode: z.int(),
    }),
  ),
});

const itemSchema = z.object({
  id: z.string(),
  size: z.int(),
  treeHash: z.string().optional(),
  mtime: z.number().optional(),
  name: z.string(),
  path: z.string(),
  enc: z.string().optional(),
  plainSize: z.int().optional(),
  pack: packSchema.optional(),
});

const item = z.int().nonnegative();
const recordSchema = z.discriminatedUnion("op", [
  z.object({
    op: z.literal("REQUESTED"),
    t: instant,
    item,
    job: z.string(),
    request: z.int(),
    found: z.boolean().optional(),
  }),
  z.object({ op: z.literal("DONE"), t: instant, item }),
  z.object({ op: z.literal("FAILED"), t: instant, item, status: z.int(), reason: z.string() }),
]);

/** An id that no other plan has, by all likelihood. */
export function newPlanId(): string {
  return `r-${randomBytes(4).toString("hex")}`;
}

/** Saves a new plan in `folder`. Throws the file system's error. */
export async function createPlanFile(folder: string, plan: RestorePlan): Promise<PlanFile> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, `${plan.id}.jsonl`);
  const temporary = await open(`${path}.tmp`, "w", 0o600);
  try {
    await temporary.writeFile(`${formatHead(plan)}\n`);
    for (const entry of plan.items) {
      await temporary.write(`${formatItem(entry)}\n`);
    }
    await temporary.sync();
  } finally {
    await temporary.close();
  }
  await rename(`${path}.tmp`, path);
  await syncFolder(folder);
  return await openPlanFile(folder, plan.id);
}

/** Opens a saved plan. Throws a `VerbFailure` when there is none, it can't be read, or it is worked on. */
export async function openPlanFile(folder: string, id: string): Promise<PlanFile> {
  const path = join(folder, `${id}.jsonl`);
  if (!/^r-[0-9a-f]+$/.test(id) || (await findFileText(path)) === undefined) {
    throw await unknownPlan(folder, id);
  }
  const lock = lockJournal(path);
  try {
    // Read again under the lock: another process may have written until now.
    const text = (await findFileText(path)) ?? "";
    const end = text.lastIndexOf("\n") + 1;
    const { plan, records } = parsePlan(text.slice(0, end), path);
    const file = await open(path, "a");
    // The length in bytes: names have characters of several.
    await file.truncate(Buffer.byteLength(text.slice(0, end)));
    return createPlanWriter({ plan, records, path, file, release: lock.release });
  } catch (error) {
    lock.release();
    throw error;
  }
}

async function unknownPlan(folder: string, id: string): Promise<VerbFailure> {
  const names = await readdir(folder).catch(() => []);
  const ids = names.flatMap((name) => /^(r-[0-9a-f]+)\.jsonl$/.exec(name)?.[1] ?? []);
  const known = ids.length === 0 ? "there are none" : `there are ${ids.toSorted().join(", ")}`;
  return usageFailure(`there is no plan ${JSON.stringify(id)} in ${folder}: ${known}`);
}

function createPlanWriter(parts: {
  readonly plan: RestorePlan;
  readonly records: readonly PlanRecord[];
  readonly path: string;
  readonly file: FileHandle;
  readonly release: () => void;
}): PlanFile {
  const { plan, records, path, file, release } = parts;
  let waiting: { text: string; readonly written: Promise<void> } | undefined;
  let last: Promise<void> = Promise.resolve();
  const write = async (after: Promise<void>) => {
    // After a failed write the end of the file is unknown, and every later one fails too.
    await after;
    const text = waiting?.text ?? "";
    waiting = undefined;
    await file.appendFile(text);
    await file.datasync();
  };
  const close = async () => {
    await last.catch(() => undefined);
    await file.close();
    release();
  };
  return {
    plan,
    path,
    records,
    append: async (record) => {
      if (waiting === undefined) {
        last = write(last);
        last.catch(() => undefined);
        waiting = { text: "", written: last };
      }
      waiting.text += `${formatRecord(record)}\n`;
      await waiting.written;
    },
    close,
    remove: async () => {
      await rm(path, { force: true });
      await close();
      await rm(`${path}.lock`, { force: true });
    },
  };
}

function formatHead(plan: RestorePlan): string {
  const { createdAtMs, id, vaultName, vaultArn, items, dir, tier, bytesPerHour, existing } = plan;
  const t = formatIsoMilliseconds(createdAtMs);
  const { decryption } = plan;
  const about = {
    ...{ plan: id, vault: vaultName, arn: vaultArn, dir, tier, bytesPerHour, existing },
    ...(decryption === undefined ? {} : { decrypt: true, identity: decryption.identity }),
  };
  return JSON.stringify({ op: "PLAN", v: VERSION, t, ...about, items: items.length });
}

function formatItem(item: PlanItem): string {
  const { archiveId, sizeBytes, treeHash, modifiedAtMs, name, path, cipher } = item;
  const file = { id: archiveId, size: sizeBytes, treeHash, mtime: modifiedAtMs, name, path };
  const encryption = { enc: cipher?.tool, plainSize: cipher?.plainBytes };
  return JSON.stringify({ ...file, ...encryption, pack: item.pack });
}

function parseItem(
  line: string,
  place: { readonly path: string; readonly number: number },
): PlanItem {
  const { id, size, mtime, enc, plainSize, ...item } = parseLine(itemSchema, line, place);
  return {
    archiveId: id,
    sizeBytes: size,
    treeHash: item.treeHash,
    modifiedAtMs: mtime,
    name: item.name,
    path: item.path,
    cipher: enc === undefined ? undefined : { tool: enc, plainBytes: plainSize },
    ...(item.pack === undefined ? {} : { pack: parsePack(item.pack) }),
  };
}

function parsePack({ range, packBytes, members }: z.infer<typeof packSchema>): PlanPack {
  const all = members.map(({ modifiedAtMs, ...member }) => ({ ...member, modifiedAtMs }));
  return { range, packBytes, members: all };
}

function formatRecord(record: PlanRecord): string {
  const { op, item, atMs } = record;
  const base = { op, t: formatIsoMilliseconds(atMs), item };
  switch (record.op) {
    case "REQUESTED": {
      const { jobId: job, request, isFound } = record;
      return JSON.stringify({ ...base, job, request, ...(isFound ? { found: true } : {}) });
    }
    case "DONE":
      return JSON.stringify(base);
    case "FAILED":
      return JSON.stringify({ ...base, status: record.status, reason: record.reason });
  }
}

function parsePlan(text: string, path: string) {
  const [first = "", ...lines] = text.split("\n").slice(0, -1);
  const head = parseLine(headSchema, first, { path, number: 1 });
  const items = lines
    .slice(0, head.items)
    .map((line, index): PlanItem => parseItem(line, { path, number: index + 2 }));
  const records = lines.slice(head.items).map((line, index): PlanRecord => {
    const number = index + 2 + head.items;
    const { t: atMs, ...record } = parseLine(recordSchema, line, { path, number });
    if (record.op !== "REQUESTED") {
      return { ...record, atMs };
    }
    const { op, item, request, job: jobId, found: isFound = false } = record;
    return { op, item, request, atMs, jobId, isFound };
  });
  const { plan: id, t: createdAtMs, vault: vaultName, arn: vaultArn, ...rest } = head;
  const { dir, tier, existing, bytesPerHour } = rest;
  const decryption = head.decrypt === true ? { identity: head.identity } : undefined;
  const limits = { tier, existing, bytesPerHour, decryption };
  const about = { id, createdAtMs, vaultName, vaultArn, dir, ...limits };
  return { plan: { ...about, items } satisfies RestorePlan, records };
}

function parseLine<Schema extends z.ZodType>(
  schema: Schema,
  line: string,
  { path, number }: { readonly path: string; readonly number: number },
): z.infer<Schema> {
  const parsed = schema.safeParse(findJsonValue(line));
  if (parsed.success) {
    return parsed.data;
  }
  const [issue] = parsed.error.issues;
  const reason = `${issue?.path.join(".") || "it"}: ${issue?.message}`;
  throw new VerbFailure(
    EXIT.failed,
    `line ${number} of ${path} is no line of a restore plan (${reason}); remove it, and restore anew`,
  );
}
