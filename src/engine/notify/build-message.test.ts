import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  buildArchiveRequest,
  buildInventoryRequest,
  IdBuilder,
  NOW_MS,
} from "../../../test/support/metadata-builders.ts";
import type { NotificationConfiguration } from "../../domain/notification-configuration.ts";
import type { Vault } from "../../domain/vault.ts";
import { buildJobMessages, type EndedJob } from "./build-message.ts";

const VAULT_TOPIC = "arn:aws:sns:us-east-1:123456789012:of-the-vault";
const JOB_TOPIC = "arn:aws:sns:us-east-1:123456789012:of-the-job";
const ids = new IdBuilder();
const archiveRequest = buildArchiveRequest({ archiveId: ids.archiveId(), sizeBytes: 1 });

function vault(...events: NotificationConfiguration["events"]): Vault {
  const notification = events.length === 0 ? undefined : { topicArn: VAULT_TOPIC, events };
  // Nothing else of a vault counts here.
  return { notification } as Vault;
}

function job(fields: Partial<EndedJob> = {}): EndedJob {
  return {
    jobId: ids.jobId(),
    vaultId: 1,
    createdAtMs: NOW_MS,
    dueAtMs: NOW_MS,
    description: undefined,
    snsTopic: undefined,
    request: buildInventoryRequest(),
    status: "Failed",
    message: "no",
    completedAtMs: NOW_MS,
    expiresAtMs: NOW_MS,
    ...fields,
  } as EndedJob;
}

const describeJob = (_vault: Vault, { snsTopic, status }: EndedJob) => `${status} ${snsTopic}`;
const build = (ofVault: Vault, ended: EndedJob) => buildJobMessages(ofVault, ended, describeJob);

describe("buildJobMessages", () => {
  it("tells nobody when nobody asked", () => {
    assert.deepEqual(build(vault(), job()), []);
    assert.deepEqual(build(vault("ArchiveRetrievalCompleted"), job()), []);
    const archiveJob = job({ request: archiveRequest });
    assert.deepEqual(build(vault("InventoryRetrievalCompleted"), archiveJob), []);
  });

  it("tells the vault's topic of the events it wants, whether the job succeeded or failed", () => {
    const expected = [{ topicArn: VAULT_TOPIC, text: `Failed ${VAULT_TOPIC}` }];
    assert.deepEqual(build(vault("InventoryRetrievalCompleted"), job()), expected);
    const both = vault("InventoryRetrievalCompleted", "ArchiveRetrievalCompleted");
    assert.deepEqual(build(both, job({ request: archiveRequest })), expected);
  });

  it("tells the job's own topic whatever the vault wants", () => {
    assert.deepEqual(build(vault(), job({ snsTopic: JOB_TOPIC })), [
      { topicArn: JOB_TOPIC, text: `Failed ${JOB_TOPIC}` },
    ]);
  });

  it("tells both topics, showing the job's own in both messages", () => {
    assert.deepEqual(build(vault("InventoryRetrievalCompleted"), job({ snsTopic: JOB_TOPIC })), [
      { topicArn: VAULT_TOPIC, text: `Failed ${JOB_TOPIC}` },
      { topicArn: JOB_TOPIC, text: `Failed ${JOB_TOPIC}` },
    ]);
  });

  it("tells one topic twice when it is both", () => {
    const ended = job({ snsTopic: VAULT_TOPIC });
    const messages = build(vault("InventoryRetrievalCompleted"), ended);
    assert.deepEqual(
      messages.map(({ topicArn }) => topicArn),
      [VAULT_TOPIC, VAULT_TOPIC],
    );
  });
});
