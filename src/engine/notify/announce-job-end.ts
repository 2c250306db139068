/** Puts what topics are to be told of an ended job into the outbox. */
import type { IdSource } from "../../ports/id-source.ts";
import type { MetadataSession } from "../../ports/metadata-store.ts";
import { buildJobMessages, type DescribeJob, type EndedJob } from "./build-message.ts";

/**
 * Inserts the messages; called in the transaction that ends the job, so that each is sent if and only if the
 * job ended. The vault's configuration counts as it is now (contract §5).
 */
export async function announceJobEnd(
  session: Pick<MetadataSession, "vaults" | "outbox">,
  services: { readonly ids: IdSource; readonly describeJob: DescribeJob },
  job: EndedJob,
): Promise<void> {
  const vault = await session.vaults.get(job.vaultId);
  if (vault === undefined) {
    return;
  }
  for (const { topicArn, text } of buildJobMessages(vault, job, services.describeJob)) {
    await session.outbox.insert({
      messageId: services.ids.uuid(),
      accountId: vault.accountId,
      topicArn,
      subject: undefined,
      text,
      publishedAtMs: job.completedAtMs,
    });
  }
}
