/** Calls outside a transaction: reads go straight to a reading session, writes get their own transaction. */
import type { VaultKey } from "../../domain/vault.ts";
import type { MetadataSession } from "../../ports/metadata-store.ts";
import { AssertionError } from "../../std/assert.ts";

/**
 * `read` sees committed data, `write` becomes a transaction of one call, `inside` is refused outside a
 * transaction, where its lock or its sequence would mean nothing. A function makes a text of the arguments, by
 * which the answer of a read is remembered until something is committed: for what nearly every request asks.
 */
type CallKind = "read" | "write" | "inside" | FormatKey;

type FormatKey = (...args: never[]) => string;

const keyOfVault = ({ accountId, region, vaultName }: VaultKey): string =>
  `${accountId}/${region}/${vaultName}`;
const keyOfId = (id: string): string => id;

const CALLS = {
  vaults: {
    find: keyOfVault,
    lock: "inside",
    insert: "write",
    count: "read",
    listPage: "read",
    get: "read",
    remove: "write",
    purgeRemovedVaults: "write",
    scheduleInventories: "write",
    wasDeleted: "read",
    setTags: "write",
    setAccessPolicy: "write",
    setLock: "inside",
    setNotification: "write",
    countChange: "inside",
    setInventory: "write",
    listInventoryDue: "read",
  },
  archives: { insert: "write", find: "read", markDeleted: "inside", listSnapshotPage: "read" },
  manifests: {
    putPart: "write",
    listPartsPage: "read",
    summarize: "read",
    listPartsInRange: "read",
    discard: "write",
    pin: "write",
    listCollectable: "read",
    remove: "write",
    findKnownBlobs: "read",
  },
  uploads: {
    insert: "write",
    find: "read",
    lock: "inside",
    listPage: "read",
    touch: "write",
    end: "write",
    listIdle: "read",
    forgetEnded: "write",
  },
  jobs: {
    insert: "write",
    find: "read",
    listPage: "read",
    claimDue: "write",
    renewLease: "write",
    releaseLeases: "write",
    finish: "write",
    nextClaimableAtMs: "read",
    listExpired: "read",
    remove: "write",
  },
  boots: { insert: "write", list: "read" },
  retrievals: {
    findPolicy: "read",
    lockPolicy: "inside",
    setPolicy: "write",
    sumHourlyRates: "read",
    findBytesOfDay: "read",
    addBytesOfDay: "write",
    countExpedited: "read",
  },
  capacity: { insert: "write", listUnexpired: "read" },
  identities: {
    insertAccount: "write",
    findAccount: "read",
    lockAccount: "inside",
    listAccountsPage: "read",
    insertUser: "write",
    findUser: "read",
    lockUser: "inside",
    isUserNameTaken: "read",
    countUsers: "read",
    listUsersPage: "read",
    removeUser: "write",
    insertAccessKey: "write",
    findAccessKey: keyOfId,
    listAccessKeys: "read",
    setAccessKeyStatus: "write",
    removeAccessKey: "write",
    putUserPolicy: "write",
    listUserPolicies: keyOfId,
    removeUserPolicy: "write",
    findSealedCheck: "read",
    insertSealedCheck: "write",
  },
  outbox: { insert: "write", listWaiting: "read", remove: "write" },
  topics: { insert: "write", find: "read", listPage: "read", update: "write", remove: "write" },
  subscriptions: {
    insert: "write",
    find: "read",
    findByEndpoint: "read",
    findByToken: "read",
    listPage: "read",
    listConfirmed: "read",
    count: "read",
    confirm: "write",
    setRaw: "write",
    remove: "write",
    removePendingSince: "write",
  },
  deliveries: {
    insert: "write",
    claimNext: "write",
    finish: "write",
    postpone: "write",
    nextClaimableAtMs: "read",
    removeCreatedBefore: "write",
  },
  queues: {
    insert: "write",
    find: "read",
    listPage: "read",
    setAttributes: "write",
    remove: "write",
    send: "write",
    receive: "write",
    deleteMessage: "write",
    count: "read",
    removeExpired: "write",
  },
  scans: {
    listVaults: "read",
    listArchives: "read",
    countUploads: "read",
    countJobs: "read",
    findFirstDueJob: "read",
    countGarbage: "read",
  },
  scrub: {
    listParts: "read",
    findPart: "read",
    findArchive: "read",
    findWalk: "read",
    saveWalk: "write",
  },
  damages: {
    listOpen: "read",
    insert: "write",
    update: "write",
    listPage: "read",
    listDamagedBlobs: "read",
    countArchives: "read",
  },
  sealed: { resealTexts: "write", resealSecrets: "write" },
  smallBlobs: {
    insert: "write",
    find: "read",
    replace: "write",
    remove: "write",
    listIds: "read",
    listPage: "read",
  },
} satisfies { [Noun in keyof MetadataSession]: Record<keyof MetadataSession[Noun], CallKind> };

/** Runs one call on a session of its choice. */
export type RunCall = <T>(call: (session: MetadataSession) => Promise<T>) => Promise<T>;

/** How calls of each kind run. */
export interface CallRunners {
  readonly read: RunCall;
  readonly write: RunCall;
  /** Equal calls have equal keys. */
  readonly remembered: <T>(
    key: string,
    call: (session: MetadataSession) => Promise<T>,
  ) => Promise<T>;
}

/** A session each call of which runs through the runner of its kind. */
export function makeSingleCalls(run: CallRunners): MetadataSession {
  return {
    vaults: routeStore("vaults", run),
    archives: routeStore("archives", run),
    manifests: routeStore("manifests", run),
    uploads: routeStore("uploads", run),
    jobs: routeStore("jobs", run),
    boots: routeStore("boots", run),
    retrievals: routeStore("retrievals", run),
    capacity: routeStore("capacity", run),
    identities: routeStore("identities", run),
    outbox: routeStore("outbox", run),
    topics: routeStore("topics", run),
    subscriptions: routeStore("subscriptions", run),
    deliveries: routeStore("deliveries", run),
    queues: routeStore("queues", run),
    scans: routeStore("scans", run),
    scrub: routeStore("scrub", run),
    damages: routeStore("damages", run),
    sealed: routeStore("sealed", run),
    smallBlobs: routeStore("smallBlobs", run),
  };
}

type Call = (session: MetadataSession) => Promise<unknown>;
type AnyMethod = (...args: readonly unknown[]) => Promise<unknown>;

function routeStore<Noun extends keyof MetadataSession>(
  noun: Noun,
  run: CallRunners,
): MetadataSession[Noun] {
  const kinds: Readonly<Record<string, CallKind>> = CALLS[noun];
  const methods = Object.entries(kinds).map(([name, kind]): [string, AnyMethod] => {
    if (kind === "inside") {
      return [name, async () => refuseOutside(`${noun}.${name}`)];
    }
    const call =
      (...args: readonly unknown[]): Call =>
      (session) =>
        callMethod(session[noun], name, args);
    if (typeof kind === "function") {
      const format = kind as (...args: readonly unknown[]) => string;
      return [
        name,
        (...args) => run.remembered(`${noun}.${name} ${format(...args)}`, call(...args)),
      ];
    }
    return [name, (...args) => run[kind](call(...args))];
  });
  // `CALLS` names exactly the store's methods (checked where it is written), and each is passed through.
  return Object.fromEntries(methods) as unknown as MetadataSession[Noun];
}

/** The store has a method `name`, for `CALLS` says so. */
function callMethod(store: object, name: string, args: readonly unknown[]): Promise<unknown> {
  const method = (store as Readonly<Record<string, AnyMethod>>)[name];
  return method === undefined ? refuseUnknown(name) : method(...args);
}

async function refuseOutside(call: string): Promise<never> {
  throw new AssertionError(`${call} must be called inside a transaction`);
}

async function refuseUnknown(name: string): Promise<never> {
  throw new AssertionError(`the store has no method ${name}`);
}
