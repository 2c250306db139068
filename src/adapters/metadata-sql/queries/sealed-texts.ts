/** What is sealed in the metadata: how texts are tied to their rows, and putting all of it under another key. */

import { secretContext } from "../../../domain/identity.ts";
import type { ArchiveId, JobId, UploadId } from "../../../domain/ids.ts";
import {
  CHECK_CONTEXT,
  type ResealPosition,
  type SealedStore,
} from "../../../ports/sealed-store.ts";
import { assertNever } from "../../../std/assert.ts";
import { formatTextId } from "../columns.ts";
import type { SqlContext } from "../schema.ts";
import { findSealedCheck, replaceSealedCheck } from "./sealed-checks.ts";

/** What the texts of a row are tied to: table, column, id as clients know it. */
export const textContexts = {
  archive: (id: ArchiveId) => `archives.description:${id}`,
  upload: (id: UploadId) => `uploads.description:${id}`,
  job: (id: JobId) => `jobs.description:${id}`,
  jobRequest: (id: JobId) => `jobs.request:${id}`,
} as const;

export function makeSealedStore(context: SqlContext): SealedStore {
  return {
    resealTexts: async (position = { table: "archives", id: undefined }, limit) => {
      const rows = await resealPage(context, position, limit);
      const last = rows.ids.at(-1);
      const isEnd = last === undefined || rows.ids.length < limit;
      const next = isEnd ? nextTable(position.table) : { table: position.table, id: last };
      return { next, changed: rows.changed };
    },
    resealSecrets: (reseal) => resealSecrets(context, reseal),
  };
}

function nextTable(table: ResealPosition["table"]): ResealPosition | undefined {
  switch (table) {
    case "archives":
      return { table: "uploads", id: undefined };
    case "uploads":
      return { table: "jobs", id: undefined };
    case "jobs":
      return undefined;
    default:
      return assertNever(table);
  }
}

async function resealPage(context: SqlContext, { table, id }: ResealPosition, limit: number) {
  const after = id ?? new Uint8Array(0);
  switch (table) {
    case "archives":
      return await resealArchives(context, after, limit);
    case "uploads":
      return await resealUploads(context, after, limit);
    case "jobs":
      return await resealJobs(context, after, limit);
    default:
      return assertNever(table);
  }
}

async function resealArchives({ db, texts }: SqlContext, after: Uint8Array, limit: number) {
  const rows = await db
    .selectFrom("archives")
    .where("archive_id", ">", after)
    .select(["archive_id", "description"])
    .orderBy("archive_id")
    .limit(limit)
    .execute();
  let changed = 0;
  for (const { archive_id, description } of rows) {
    const place = textContexts.archive(formatTextId<ArchiveId>(archive_id));
    const sealed = reseal(texts, description, place);
    if (sealed !== undefined) {
      changed += 1;
      await db
        .updateTable("archives")
        .set({ description: sealed })
        .where("archive_id", "=", archive_id)
        .execute();
    }
  }
  return { ids: rows.map((row) => row.archive_id), changed };
}

async function resealUploads({ db, texts }: SqlContext, after: Uint8Array, limit: number) {
  const rows = await db
    .selectFrom("uploads")
    .where("upload_id", ">", after)
    .select(["upload_id", "description"])
    .orderBy("upload_id")
    .limit(limit)
    .execute();
  let changed = 0;
  for (const { upload_id, description } of rows) {
    const place = textContexts.upload(formatTextId<UploadId>(upload_id));
    const sealed = reseal(texts, description, place);
    if (sealed !== undefined) {
      changed += 1;
      await db
        .updateTable("uploads")
        .set({ description: sealed })
        .where("upload_id", "=", upload_id)
        .execute();
    }
  }
  return { ids: rows.map((row) => row.upload_id), changed };
}

async function resealJobs({ db, texts }: SqlContext, after: Uint8Array, limit: number) {
  const rows = await db
    .selectFrom("jobs")
    .where("job_id", ">", after)
    .select(["job_id", "description", "request"])
    .orderBy("job_id")
    .limit(limit)
    .execute();
  let changed = 0;
  for (const { job_id, ...row } of rows) {
    const id = formatTextId<JobId>(job_id);
    const description = reseal(texts, row.description, textContexts.job(id));
    const request = reseal(texts, row.request, textContexts.jobRequest(id));
    if (description !== undefined || request !== undefined) {
      changed += 1;
      await db
        .updateTable("jobs")
        .set({ description: description ?? row.description, request: request ?? row.request })
        .where("job_id", "=", job_id)
        .execute();
    }
  }
  return { ids: rows.map((row) => row.job_id), changed };
}

function reseal(
  texts: SqlContext["texts"],
  stored: string | null,
  place: string,
): string | undefined {
  return stored === null || texts.isCurrent(stored)
    ? undefined
    : texts.seal(texts.open(stored, place), place);
}

async function resealSecrets(
  context: SqlContext,
  reseal: Parameters<SealedStore["resealSecrets"]>[0],
): Promise<number> {
  const { db } = context;
  let changed = 0;
  const check = await findSealedCheck(context);
  const checkAgain = check && reseal(check, CHECK_CONTEXT);
  if (checkAgain !== undefined) {
    changed += 1;
    await replaceSealedCheck(context, checkAgain);
  }
  const keys = await db
    .selectFrom("access_keys")
    .select(["access_key_id", "sealed_secret"])
    .execute();
  for (const { access_key_id, sealed_secret } of keys) {
    const again = reseal(sealed_secret, secretContext(access_key_id));
    if (again !== undefined) {
      changed += 1;
      const update = db.updateTable("access_keys").set({ sealed_secret: again });
      await update.where("access_key_id", "=", access_key_id).execute();
    }
  }
  return changed;
}
