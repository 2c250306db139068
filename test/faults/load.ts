/** Uploads, parts, completions, aborts, deletes and jobs in parallel, until the server stops answering. */
import { type GlacierClient, GlacierError } from "../support/glacier-client.ts";
import { MIB, makePayload, type Payload } from "../support/payload.ts";
import {
  type ArchiveEntry,
  contentOf,
  contentOfParts,
  type Ledger,
  type UploadEntry,
} from "./ledger.ts";

export const PART_BYTES = MIB;
const PARTS_PER_UPLOAD = 4;
const OPEN_UPLOADS_MAX = 6;
/** Above it deletes come more often than uploads, which bounds the final verification. */
const ARCHIVES_AIM = 600;

export interface LoadOptions {
  readonly client: GlacierClient;
  readonly vault: string;
  readonly ledger: Ledger;
  /** From 0 to 1. */
  readonly random: () => number;
  readonly workers: number;
}

export interface Load {
  /** Resolves when every worker has lost its connection or was told to stop. */
  readonly done: Promise<void>;
  /** No new requests from here on. */
  stop(): void;
  /** Answers that nothing explains, such as a refusal of a right request. */
  readonly surprises: readonly string[];
}

/** Bigger bodies come from a fixed set: making random bytes must not take the time of sending them. */
const bigPayloads = Array.from({ length: 12 }, (_, index) =>
  makePayload(index % 3 === 0 ? MIB : 300_000 + index * 211_003, `big ${index}`),
);
const fullParts = Array.from({ length: 10 }, (_, index) =>
  makePayload(PART_BYTES, `part ${index}`),
);
const lastParts = Array.from({ length: 6 }, (_, index) =>
  makePayload(1 + 90_001 * index, `last ${index}`),
);

/** Starts the workers. */
export function startLoad(options: LoadOptions): Load {
  const surprises: string[] = [];
  const context: Context = { ...options, surprises, over: false };
  const work = async (): Promise<void> => {
    while (!context.over) {
      await decideStep(context)();
    }
  };
  const done = Promise.all(Array.from({ length: options.workers }, work)).then(() => undefined);
  return {
    done,
    surprises,
    stop() {
      context.over = true;
    },
  };
}

interface Context extends LoadOptions {
  readonly surprises: string[];
  over: boolean;
}

let serial = 0;

function decideStep(context: Context): () => Promise<void> {
  const { ledger, random } = context;
  const chance = random();
  const open = [...ledger.uploads.values()].filter((upload) => upload.state === "Open");
  if (chance < 0.35) {
    return open.length < OPEN_UPLOADS_MAX && random() < 0.2
      ? () => initiate(context)
      : () => continueUpload(context, open);
  }
  const stored = [...ledger.archives.values()].filter((archive) => archive.state === "Stored");
  if (chance < (stored.length > ARCHIVES_AIM ? 0.75 : 0.48)) {
    return () => remove(context, pick(stored, random));
  }
  if (chance > 0.96) {
    return () => retrieve(context, pick(stored, random));
  }
  return () => upload(context);
}

function pick<Item>(items: readonly Item[], random: () => number): Item | undefined {
  return items[Math.floor(random() * items.length)];
}

async function upload(context: Context): Promise<void> {
  const { client, vault, ledger, random } = context;
  const description = `archive ${++serial}`;
  const payload =
    random() < 0.2
      ? pick(bigPayloads, random)!
      : makePayload(1 + Math.floor(random() * 40_000), description);
  const entry: ArchiveEntry = {
    description,
    content: contentOf(payload),
    archiveId: undefined,
    state: "UploadInDoubt",
  };
  ledger.archives.set(description, entry);
  await attempt(context, async () => {
    entry.archiveId = await client.uploadArchive(vault, payload, description);
    entry.state = "Stored";
  });
}

async function remove(context: Context, entry: ArchiveEntry | undefined): Promise<void> {
  if (entry === undefined) {
    return await upload(context);
  }
  entry.state = "DeleteInDoubt";
  await attempt(context, async () => {
    await context.client.deleteArchive(context.vault, String(entry.archiveId));
    entry.state = "Absent";
  });
}

/** The job is left to itself: it may be running, waiting or done when the server goes. */
async function retrieve(context: Context, entry: ArchiveEntry | undefined): Promise<void> {
  const { client, vault, surprises } = context;
  if (entry === undefined) {
    return await upload(context);
  }
  try {
    await client.initiateJob(vault, { Type: "archive-retrieval", ArchiveId: entry.archiveId });
  } catch (error) {
    if (!(error instanceof GlacierError)) {
      context.over = true;
    } else if (error.status !== 404) {
      surprises.push(`initiate job: ${error.message}`);
    }
  }
}

async function initiate(context: Context): Promise<void> {
  const { client, vault, ledger } = context;
  const description = `upload ${++serial}`;
  const parts = Array.from({ length: PARTS_PER_UPLOAD }, () => ({
    stored: undefined,
    inDoubt: undefined,
  }));
  const entry: UploadEntry = {
    description,
    uploadId: undefined,
    parts,
    state: "InitiateInDoubt",
    archive: undefined,
  };
  ledger.uploads.set(description, entry);
  await attempt(context, async () => {
    entry.uploadId = await client.initiateMultipartUpload(vault, PART_BYTES, description);
    entry.state = "Open";
  });
}

async function continueUpload(context: Context, open: readonly UploadEntry[]): Promise<void> {
  const { random } = context;
  const entry = pick(open, random);
  if (entry === undefined) {
    return await initiate(context);
  }
  const isQuiet = entry.parts.every((part) => part.inDoubt === undefined);
  if (isQuiet && random() < 0.02) {
    return await abort(context, entry);
  }
  if (isQuiet && random() < 0.5 && entry.parts.every((part) => part.stored !== undefined)) {
    return await complete(context, entry);
  }
  const idle = [...entry.parts.keys()].filter((index) => entry.parts[index]?.inDoubt === undefined);
  const wanted = idle.filter((index) => entry.parts[index]?.stored === undefined);
  // Mostly what is missing, now and then a replacement.
  const index = pick(wanted.length > 0 && random() < 0.8 ? wanted : idle, random);
  await (index === undefined ? upload(context) : sendPart(context, entry, index));
}

async function sendPart(context: Context, entry: UploadEntry, index: number): Promise<void> {
  const { client, vault, random } = context;
  const body = pick(index === PARTS_PER_UPLOAD - 1 ? lastParts : fullParts, random)!;
  const part = entry.parts[index]!;
  part.inDoubt = body;
  await attempt(context, async () => {
    const upload = { vault, uploadId: String(entry.uploadId) };
    await client.uploadPart(upload, { start: index * PART_BYTES, body });
    part.stored = body;
    part.inDoubt = undefined;
  });
}

async function complete(context: Context, entry: UploadEntry): Promise<void> {
  const { client, vault, ledger } = context;
  const content = contentOfParts(entry.parts.map((part) => part.stored as Payload));
  const archive: ArchiveEntry = {
    description: entry.description,
    content,
    archiveId: undefined,
    state: "UploadInDoubt",
  };
  entry.state = "CompleteInDoubt";
  entry.archive = archive;
  ledger.archives.set(archive.description, archive);
  await attempt(context, async () => {
    const upload = { vault, uploadId: String(entry.uploadId) };
    archive.archiveId = await client.completeMultipartUpload(upload, content);
    archive.state = "Stored";
    entry.state = "Ended";
  });
}

async function abort(context: Context, entry: UploadEntry): Promise<void> {
  entry.state = "AbortInDoubt";
  await attempt(context, async () => {
    await context.client.abortMultipartUpload(context.vault, String(entry.uploadId));
    entry.state = "Ended";
  });
}

/** Runs one request; without an answer the worker ends and what was asked for stays in doubt. */
async function attempt(context: Context, request: () => Promise<void>): Promise<void> {
  try {
    await request();
    context.ledger.acknowledged += 1;
  } catch (error) {
    context.over = true;
    context.ledger.inDoubt += 1;
    if (error instanceof GlacierError) {
      context.surprises.push(error.message);
    }
  }
}
