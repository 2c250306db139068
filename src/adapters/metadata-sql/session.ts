/** The stores of all nouns over one connection. */
import type { MetadataSession } from "../../ports/metadata-store.ts";
import { makeArchiveStore } from "./queries/archives.ts";
import { makeBootStore } from "./queries/boots.ts";
import { makeCapacityStore } from "./queries/capacity.ts";
import { makeDamageStore } from "./queries/damages.ts";
import { makeDeliveryStore } from "./queries/deliveries.ts";
import { makeIdentityStore } from "./queries/identities.ts";
import { makeJobStore } from "./queries/jobs.ts";
import { makeManifestStore } from "./queries/manifests.ts";
import { makeOutboxStore } from "./queries/outbox.ts";
import { makeQueueStore } from "./queries/queues.ts";
import { makeRetrievalStore } from "./queries/retrievals.ts";
import { makeScanStore } from "./queries/scans.ts";
import { makeScrubStore } from "./queries/scrub.ts";
import { makeSealedStore } from "./queries/sealed-texts.ts";
import { makeSubscriptionStore } from "./queries/subscriptions.ts";
import { makeTopicStore } from "./queries/topics.ts";
import { makeUploadStore } from "./queries/uploads.ts";
import { makeVaultStore } from "./queries/vaults.ts";
import type { SqlContext } from "./schema.ts";

/** A store is made when it is asked for: a transaction uses two or three of them. */
export function makeSession(context: SqlContext): MetadataSession {
  return new Session(context);
}

class Session implements MetadataSession {
  readonly #context: SqlContext;
  readonly #made: { -readonly [Noun in keyof MetadataSession]?: MetadataSession[Noun] } = {};

  constructor(context: SqlContext) {
    this.#context = context;
  }

  get vaults() {
    this.#made.vaults ??= makeVaultStore(this.#context);
    return this.#made.vaults;
  }

  get archives() {
    this.#made.archives ??= makeArchiveStore(this.#context);
    return this.#made.archives;
  }

  get manifests() {
    this.#made.manifests ??= makeManifestStore(this.#context);
    return this.#made.manifests;
  }

  get uploads() {
    this.#made.uploads ??= makeUploadStore(this.#context);
    return this.#made.uploads;
  }

  get jobs() {
    this.#made.jobs ??= makeJobStore(this.#context);
    return this.#made.jobs;
  }

  get boots() {
    this.#made.boots ??= makeBootStore(this.#context);
    return this.#made.boots;
  }

  get retrievals() {
    this.#made.retrievals ??= makeRetrievalStore(this.#context);
    return this.#made.retrievals;
  }

  get capacity() {
    this.#made.capacity ??= makeCapacityStore(this.#context);
    return this.#made.capacity;
  }

  get identities() {
    this.#made.identities ??= makeIdentityStore(this.#context);
    return this.#made.identities;
  }

  get outbox() {
    this.#made.outbox ??= makeOutboxStore(this.#context);
    return this.#made.outbox;
  }

  get topics() {
    this.#made.topics ??= makeTopicStore(this.#context);
    return this.#made.topics;
  }

  get subscriptions() {
    this.#made.subscriptions ??= makeSubscriptionStore(this.#context);
    return this.#made.subscriptions;
  }

  get deliveries() {
    this.#made.deliveries ??= makeDeliveryStore(this.#context);
    return this.#made.deliveries;
  }

  get queues() {
    this.#made.queues ??= makeQueueStore(this.#context);
    return this.#made.queues;
  }

  get scans() {
    this.#made.scans ??= makeScanStore(this.#context);
    return this.#made.scans;
  }

  get scrub() {
    this.#made.scrub ??= makeScrubStore(this.#context);
    return this.#made.scrub;
  }

  get damages() {
    this.#made.damages ??= makeDamageStore(this.#context);
    return this.#made.damages;
  }

  get sealed() {
    this.#made.sealed ??= makeSealedStore(this.#context);
    return this.#made.sealed;
  }
}
