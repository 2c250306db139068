/** A command line for each operation, as help shows it. */
import type { OperationName } from "../../protocol/operations.ts";
import { formatKebabCase } from "./command-names.ts";
import { memberFlags } from "./flags-from-shape.ts";

/** What the example of an operation shows besides the flags that it must have. */
const EXAMPLE_EXTRAS: Partial<Record<OperationName, string>> = {
  ListVaults: "--max-items 10",
  SetVaultNotifications:
    "--vault-notification-config SNSTopic=TOPIC_ARN,Events=ArchiveRetrievalCompleted",
  AddTagsToVault: "--tags project=photos,year=2025",
  RemoveTagsFromVault: "--tag-keys project year",
  SetVaultAccessPolicy: "--policy file://policy.json",
  InitiateVaultLock: "--policy file://lock-policy.json",
  UploadArchive: "--archive-description 'Photos of 2025' --body photos-2025.tar",
  InitiateMultipartUpload: "--archive-description 'Photos of 2025' --part-size 16777216",
  UploadMultipartPart: "--range 'bytes 0-16777215/*' --body part-1",
  CompleteMultipartUpload: "--archive-size 16777216 --checksum TREE_HASH",
  InitiateJob: "--job-parameters Type=archive-retrieval,ArchiveId=ARCHIVE_ID,Tier=Standard",
  ListJobs: "--completed true",
  GetJobOutput: "output.bin",
  SetDataRetrievalPolicy: "--policy 'Rules=[{Strategy=BytesPerHour,BytesPerHour=10737418240}]'",
};

/** A command line that calls the operation. */
export function exampleOf(operation: OperationName): string {
  const needed = memberFlags(operation)
    .filter(({ required }) => required)
    .map(({ flag, member }) => `${flag} ${exampleValue(member)}`);
  const extra = EXAMPLE_EXTRAS[operation];
  const words = [...needed, ...(extra === undefined ? [] : [extra])];
  return `moraine glacier ${formatKebabCase(operation)} ${words.join(" ")}`;
}

function exampleValue(member: string): string {
  switch (member) {
    case "accountId":
      return "-";
    case "vaultName":
      return "photos";
    default:
      return formatKebabCase(member).replaceAll("-", "_").toUpperCase();
  }
}
