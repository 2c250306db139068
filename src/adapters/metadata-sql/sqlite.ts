/** Metadata in one SQLite file that this process alone writes. */
import { AsyncLocalStorage } from "node:async_hooks";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { Kysely } from "kysely";
import type { Logger } from "../../ports/logger.ts";
import type { MetadataSession, MetadataStore } from "../../ports/metadata-store.ts";
import { plainTexts, type TextCipher } from "../../ports/text-cipher.ts";
import { assert } from "../../std/assert.ts";
import { syncFolder } from "../../std/durable-file-node.ts";
import { type ArchiveAdder, createArchiveAdder } from "./archive-adder.ts";
import {
  type ArchiveCommitter,
  createInlineCommitter,
  createThreadCommitter,
} from "./archive-committer.ts";
import { SQLITE_CAPABILITIES } from "./capabilities.ts";
import { createCheckpointer } from "./checkpointer.ts";
import { noCommitLog } from "./commit-log.ts";
import { GroupCommit, type WriterConnection } from "./group-commit.ts";
import { migrateToLatest, requireLatest } from "./migrations/index.ts";
import { makeVaultStore } from "./queries/vaults.ts";
import { ReadView } from "./read-view.ts";
import type { SqlContext, Tables } from "./schema.ts";
import { makeSession } from "./session.ts";
import { type CallRunners, makeSingleCalls } from "./single-calls.ts";
import { makeSqliteDialect, SqliteConnection } from "./sqlite-dialect.ts";
import { type SyncFile, syncFile, WriteAheadLog } from "./write-ahead-log.ts";

const MEMORY = ":memory:";

/** Pages kept by each of the two connections. */
const CACHE_KIB = 32 * 1024;
/** Only a backup or an operator's shell ever holds the file; they are waited for so long. */
const BUSY_TIMEOUT_MS = 5_000;
/** To what size the write-ahead log is cut after it was copied into the file. */
const WAL_KEPT_BYTES = 64 * 1024 * 1024;

export interface SqliteMetadataOptions {
  readonly file: string;
  readonly logger: Logger;
  /** Seals texts that tell what archives are about; they are stored as they are unless given. */
  readonly texts?: TextCipher | undefined;
  /** Leaves the schema alone and throws `OlderSchemaError` when it is an older one. */
  readonly keepSchema?: boolean;
  /**
   * Called when a commit could not be made durable. It can't be taken back, and nobody knows what of it is on the
   * disk, so the process has to end, best before this returns. Until then transactions fail, and reads stay where
   * they were.
   */
  readonly onLost?: (error: unknown) => void;
  /** For tests; `fdatasync` in a thread unless given. */
  readonly sync?: SyncFile;
}

/**
 * Opens or creates the metadata in `file`, or in memory for `:memory:`, and brings its schema up to date.
 * A transaction is durable when its promise resolves, and reads see what is durable. Commits and queries run on the
 * event loop; waiting for the disk does not, nor does adding small archives. Throws `NewerSchemaError` for a file of a
 * newer program, and SQLite's own errors.
 */
export async function openSqliteMetadata(options: SqliteMetadataOptions): Promise<MetadataStore> {
  const { file, logger } = options;
  const writer = openWriter(file);
  try {
    const queries = openQueries(writer);
    const prepare = options.keepSchema === true ? requireLatest : migrateToLatest;
    const schema = await prepare(queries.db, SQLITE_CAPABILITIES);
    // Two connections to `:memory:` would be two databases.
    const { reader, view, log } = file === MEMORY ? {} : await openReaderAndLog(options, writer);
    const committer = makeCommitter(options, writer);
    logger.debug({ file, schema }, "metadata opened");
    const texts = options.texts ?? plainTexts;
    const onLost = options.onLost ?? (() => undefined);
    return new SqliteMetadataStore({
      ...{ writer, queries, reader, view, log, committer, logger, texts, onLost },
    });
  } catch (error) {
    writer.close();
    throw error;
  }
}

function openWriter(file: string): DatabaseSync {
  const database = new DatabaseSync(file, {
    enableForeignKeyConstraints: true,
    timeout: BUSY_TIMEOUT_MS,
  });
  const [mode] = database.prepare("PRAGMA journal_mode = WAL").all();
  if (file !== MEMORY && mode?.["journal_mode"] !== "wal") {
    database.close();
    throw new Error(`${file} must be on a file system that supports SQLite's write-ahead log`);
  }
  database.exec(`
    PRAGMA synchronous = FULL;
    PRAGMA cache_size = -${CACHE_KIB};
    PRAGMA temp_store = MEMORY;
    PRAGMA journal_size_limit = ${WAL_KEPT_BYTES};
  `);
  emptyLog(database);
  return database;
}

/**
 * What a process that was killed has committed and not synced is in the log, as far as can be seen: here it becomes
 * durable, before anybody reads it. It is written anew, into the file, because after a failed sync the system may take
 * pages of the log for written that are not. Where somebody else holds the file, the log is at least synced before use.
 */
function emptyLog(database: DatabaseSync): void {
  database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
}

/** From here on commits of `writer` do not wait for the disk: the log does, and copies itself into the file. */
async function openReaderAndLog(
  { file, logger, sync = syncFile }: SqliteMetadataOptions,
  writer: DatabaseSync,
) {
  const reader = openReader(file);
  try {
    const view = new ReadView(reader);
    const checkpointer = createCheckpointer({ file, busyTimeoutMs: BUSY_TIMEOUT_MS });
    const log = new WriteAheadLog({ file, writer, view, checkpointer, logger, sync });
    await log.sync();
    // SQLite does so only with a log that this process made.
    await syncFolder(dirname(file));
    writer.exec("PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = 0");
    return { reader, view, log };
  } catch (error) {
    reader.close();
    throw error;
  }
}

function makeCommitter({ file, sync }: SqliteMetadataOptions, writer: DatabaseSync) {
  return file === MEMORY
    ? createInlineCommitter(writer)
    : createThreadCommitter({
        file,
        busyTimeoutMs: BUSY_TIMEOUT_MS,
        cacheKib: CACHE_KIB,
        mustSync: sync === undefined,
      });
}

function openReader(file: string): DatabaseSync {
  const database = new DatabaseSync(file, { timeout: BUSY_TIMEOUT_MS });
  database.exec(`PRAGMA query_only = ON; PRAGMA cache_size = -${CACHE_KIB};`);
  return database;
}

/** How queries run on a connection: built by kysely, or compiled before. */
type Queries = Pick<SqlContext, "db" | "execute">;

function openQueries(database: DatabaseSync): Queries {
  const connection = new SqliteConnection(database);
  return {
    db: new Kysely<Tables>({ dialect: makeSqliteDialect(connection) }),
    execute: (query) => connection.executeQuery(query),
  };
}

/** Exported for its tests: group commit over a real connection. */
export function makeWriterConnection(database: DatabaseSync): WriterConnection {
  const statement = (sql: string) => {
    const prepared = database.prepare(sql);
    return () => {
      prepared.run();
    };
  };
  const rollbackToSavepoint = statement("ROLLBACK TO one_transaction");
  const releaseSavepoint = statement("RELEASE one_transaction");
  return {
    begin: statement("BEGIN IMMEDIATE"),
    savepoint: statement("SAVEPOINT one_transaction"),
    releaseSavepoint,
    rollbackSavepoint: () => {
      rollbackToSavepoint();
      releaseSavepoint();
    },
    commit: statement("COMMIT"),
    rollback: statement("ROLLBACK"),
    isInTransaction: () => database.isTransaction,
  };
}

/** The queries of one transaction, refused once it has ended: the connection is another's by then. */
class TransactionContext implements SqlContext {
  readonly capabilities = SQLITE_CAPABILITIES;
  readonly texts: TextCipher;
  readonly #queries: Queries;
  ended = false;

  constructor({ queries, texts }: Pick<Connections, "queries" | "texts">) {
    this.texts = texts;
    this.#queries = queries;
  }

  get db(): Queries["db"] {
    this.#requireOpen();
    return this.#queries.db;
  }

  get execute(): Queries["execute"] {
    this.#requireOpen();
    return this.#queries.execute;
  }

  #requireOpen(): void {
    assert(!this.ended, "a session was used after its transaction had ended");
  }
}

interface Connections {
  readonly writer: DatabaseSync;
  /** Of the writer. */
  readonly queries: Queries;
  readonly reader: DatabaseSync | undefined;
  /** What the reader sees. */
  readonly view: ReadView | undefined;
  readonly committer: ArchiveCommitter;
  /** None in memory. */
  readonly log: WriteAheadLog | undefined;
  readonly logger: Logger;
  readonly texts: TextCipher;
  readonly onLost: (error: unknown) => void;
}

/** Vaults are read by the connection whose reads are held at what was committed last. */
function makeAdder({ queries, reader, committer, texts }: Connections): ArchiveAdder {
  const context = { capabilities: SQLITE_CAPABILITIES, texts };
  const vaults = makeVaultStore({ ...(reader ? openQueries(reader) : queries), ...context });
  return createArchiveAdder({ findVault: (vaultId) => vaults.get(vaultId), committer, texts });
}

class SqliteMetadataStore implements MetadataStore {
  readonly vaults: MetadataSession["vaults"];
  readonly archives: MetadataSession["archives"];
  readonly manifests: MetadataSession["manifests"];
  readonly uploads: MetadataSession["uploads"];
  readonly jobs: MetadataSession["jobs"];
  readonly boots: MetadataSession["boots"];
  readonly retrievals: MetadataSession["retrievals"];
  readonly capacity: MetadataSession["capacity"];
  readonly identities: MetadataSession["identities"];
  readonly outbox: MetadataSession["outbox"];
  readonly topics: MetadataSession["topics"];
  readonly subscriptions: MetadataSession["subscriptions"];
  readonly deliveries: MetadataSession["deliveries"];
  readonly queues: MetadataSession["queues"];
  readonly scans: MetadataSession["scans"];
  readonly scrub: MetadataSession["scrub"];
  readonly damages: MetadataSession["damages"];
  readonly sealed: MetadataSession["sealed"];
  readonly smallBlobs: MetadataSession["smallBlobs"];
  readonly smallArchives: MetadataStore["smallArchives"];
  readonly #connections: Connections;
  readonly #groupCommit: GroupCommit;
  readonly #current = new AsyncLocalStorage<TransactionContext>();
  #closing: Promise<void> | undefined;

  constructor(connections: Connections) {
    this.#connections = connections;
    const { writer, log = noCommitLog, logger, onLost } = connections;
    this.#groupCommit = new GroupCommit({
      connection: makeWriterConnection(writer),
      log,
      adder: makeAdder(connections),
      events: {
        failed: (error, transactions) =>
          logger.error({ err: error, transactions }, "metadata commit failed"),
        lost: (error) => {
          logger.error({ err: error }, "metadata could not be made durable");
          onLost(error);
        },
      },
    });
    this.smallArchives = {
      add: async (vaultId, decide) => {
        this.#refuseInside();
        await this.#groupCommit.add(vaultId, decide);
      },
    };
    const calls = makeSingleCalls({
      ...this.#makeReads(connections),
      write: (call) => this.transaction(call),
    });
    this.vaults = calls.vaults;
    this.archives = calls.archives;
    this.manifests = calls.manifests;
    this.uploads = calls.uploads;
    this.jobs = calls.jobs;
    this.boots = calls.boots;
    this.retrievals = calls.retrievals;
    this.capacity = calls.capacity;
    this.identities = calls.identities;
    this.outbox = calls.outbox;
    this.topics = calls.topics;
    this.subscriptions = calls.subscriptions;
    this.deliveries = calls.deliveries;
    this.queues = calls.queues;
    this.scans = calls.scans;
    this.scrub = calls.scrub;
    this.damages = calls.damages;
    this.sealed = calls.sealed;
    this.smallBlobs = calls.smallBlobs;
  }

  async transaction<T>(run: (session: MetadataSession) => Promise<T>): Promise<T> {
    this.#refuseInside();
    return await this.#groupCommit.run(async () => {
      const context = new TransactionContext(this.#connections);
      try {
        return await this.#current.run(context, () => run(makeSession(context)));
      } finally {
        context.ended = true;
      }
    });
  }

  /** Waits for the transactions that were begun; afterwards every call fails. Twice is once. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await this.#groupCommit.close();
    await this.#connections.log?.close();
    // The connection closed last copies the write-ahead log into the file, so it is the one that may write.
    this.#connections.reader?.close();
    this.#connections.writer.close();
  }

  /**
   * A connection of its own reads while a transaction is open on the other and sees only what was
   * committed. In memory there is just one, so reads wait for their turn like transactions.
   */
  #makeReads({ reader, view, texts }: Connections): Pick<CallRunners, "read" | "remembered"> {
    if (reader === undefined || view === undefined) {
      return {
        read: (call) => this.transaction(call),
        remembered: (_key, call) => this.transaction(call),
      };
    }
    const capabilities = SQLITE_CAPABILITIES;
    const session = makeSession({ ...openQueries(reader), capabilities, texts });
    return {
      read: async (call) => {
        this.#refuseInside();
        view.enter();
        return await call(session);
      },
      remembered: async (key, call) => {
        this.#refuseInside();
        return await view.remember(key, () => call(session));
      },
    };
  }

  /** Such a call would wait for itself, or miss what its transaction has changed. */
  #refuseInside(): void {
    const context = this.#current.getStore();
    assert(
      context === undefined || context.ended,
      "inside a transaction only its session may be used; transactions do not nest",
    );
  }
}
