/** Values that a parameter may take, as the service knows them. */
import { readdir } from "node:fs/promises";
import type { OperationName } from "../../protocol/operations.ts";
import { type Draft, firstValueOf, membersOf } from "./command-draft.ts";
import { parameterChoices } from "./parameter-choices.ts";
import type { Choice } from "./prompt-surface.ts";
import { isList, isObject } from "./python-text.ts";

/** Asks the service for something small. */
export type AskService = (
  operation: OperationName,
  parameters: Readonly<Record<string, unknown>>,
) => Promise<Readonly<Record<string, unknown>>>;

/** More than these are not of use in a list. */
const MOST_FILES = 500;

/**
 * Suggestions for `member` of the draft's command; none when the service can't be asked, for whatever reason.
 */
export async function suggestValues(
  member: string,
  draft: Draft,
  askService: AskService,
): Promise<readonly Choice[]> {
  const fixed = parameterChoices(member);
  if (fixed.length > 0) {
    return fixed.map((value) => ({ value }));
  }
  if (member === "body") {
    return await listFiles();
  }
  try {
    return await lookUp(member, draft, askService);
  } catch {
    // Suggestions are a help only; what keeps the service from answering shows when the command runs.
    return [];
  }
}

async function lookUp(
  member: string,
  draft: Draft,
  askService: AskService,
): Promise<readonly Choice[]> {
  const given = Object.fromEntries(
    membersOf(draft)
      .filter(({ member: name }) => ["accountId", "vaultName"].includes(name))
      .map(({ flag, member: name }) => [name, firstValueOf(draft, flag)]),
  );
  const { accountId = "-", vaultName } = given;
  if (member === "vaultName") {
    const answer = await askService("ListVaults", { accountId });
    return itemsOf(answer["VaultList"]).map((vault) => ({
      value: textOf(vault["VaultName"]),
      hint: `${vault["NumberOfArchives"] ?? 0} archives`,
    }));
  }
  if (vaultName === undefined) {
    return [];
  }
  const vault = { accountId, vaultName };
  switch (member) {
    case "jobId":
      return itemsOf((await askService("ListJobs", vault))["JobList"]).map((job) => ({
        value: textOf(job["JobId"]),
        label: `${textOf(job["CreationDate"])} ${textOf(job["Action"])} ${textOf(job["StatusCode"])}`,
        hint: textOf(job["JobDescription"]) || textOf(job["JobId"]),
      }));
    case "uploadId":
      return itemsOf((await askService("ListMultipartUploads", vault))["UploadsList"]).map(
        (upload) => ({
          value: textOf(upload["MultipartUploadId"]),
          label: `${textOf(upload["CreationDate"])} ${textOf(upload["ArchiveDescription"])}`,
          hint: textOf(upload["MultipartUploadId"]),
        }),
      );
    case "TagKeys": {
      const { Tags: tags } = await askService("ListTagsForVault", vault);
      return isObject(tags) ? Object.keys(tags).map((value) => ({ value })) : [];
    }
    default:
      return [];
  }
}

async function listFiles(): Promise<readonly Choice[]> {
  try {
    const entries = await readdir(".", { withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile()).map(({ name }) => ({ value: name }));
    return files.slice(0, MOST_FILES);
  } catch {
    return [];
  }
}

function itemsOf(list: unknown) {
  return isList(list) ? list.filter(isObject) : [];
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}
