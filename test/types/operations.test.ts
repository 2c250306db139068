/**
 * What must not compile. The compiler checks this file (`npm run types`): an expected error that does not
 * come is an error itself. At run time there is nothing to do.
 */
import { describe, it } from "node:test";
import type { AccountId, ArchiveId, JobId, UploadId } from "../../src/domain/ids.ts";
import type { VaultName } from "../../src/domain/vault.ts";
import type { Call, Handler, Handlers } from "../../src/operations/handler.ts";
import type { Input, OperationName, Output } from "../../src/protocol/operations.ts";

declare const handlers: Handlers;
declare const archiveId: ArchiveId;
declare const jobId: JobId;
declare const uploadId: UploadId;
declare const accountId: AccountId;
declare const vaultName: VaultName;

function takeArchive(_id: ArchiveId): void {}
function takeJob(_id: JobId): void {}
function takeVault(_name: VaultName): void {}

/** Never called: its lines are for the compiler. */
export function identifiers(): void {
  takeArchive(archiveId);
  takeJob(jobId);
  takeVault(vaultName);
  // @ts-expect-error an id of a job is none of an archive
  takeArchive(jobId);
  // @ts-expect-error an id of an upload is none of a job
  takeJob(uploadId);
  // @ts-expect-error a text has to be parsed first
  takeArchive("A".repeat(138));
  // @ts-expect-error an account is no vault
  takeVault(accountId);
  const text: string = archiveId;
  takeText(text);
}

function takeText(_text: string): void {}

/** Never called likewise. */
export function handlerMap(): void {
  const total: { readonly [N in OperationName]: Handler<N> } = handlers;
  const { CreateVault, ...others } = handlers;
  // @ts-expect-error a map without one operation is not total
  const partial: Handlers = others;
  // @ts-expect-error no operation is called so
  const unknown: Handler<"CreateBucket"> = CreateVault;
  // @ts-expect-error the handler of one operation is none of another
  const swapped: Handler<"DescribeVault"> = handlers.ListVaults;
  takeAll(total, partial, unknown, swapped);
}

/** Never called likewise. */
export function inputsAndOutputs(
  upload: Input<"UploadArchive">,
  list: Input<"ListVaults">,
  call: Call<"UploadArchive">,
  ofList: Call<"ListVaults">,
): void {
  const checksum: string = upload.checksum;
  // @ts-expect-error an optional header may be absent
  const description: string = upload.archiveDescription;
  // @ts-expect-error a query parameter may be absent
  const limit: string = list.limit;
  // @ts-expect-error ListVaults names no vault in its path
  const named = list.vaultName;
  const vaultId: number = call.vault.vaultId;
  // @ts-expect-error an operation of the account has no vault
  const noVault: number = ofList.vault.vaultId;
  // @ts-expect-error inputs are not written to
  upload.checksum = "x";
  takeAll(checksum, description, limit, named, vaultId, noVault);

  const created: Output<"CreateVault"> = { location: "/1/vaults/v" };
  // @ts-expect-error every member of an answer is stated
  const forgotten: Output<"CreateVault"> = {};
  // @ts-expect-error a member that the shape lacks
  const additional: Output<"CreateVault"> = { location: "/", other: 1 };
  // @ts-expect-error "no value" is null in JSON, never undefined
  const absent: Output<"ListVaults"> = { Marker: undefined, VaultList: [] };
  takeAll(created, forgotten, additional, absent);
}

function takeAll(..._values: unknown[]): void {}

describe("the types of the operations", () => {
  it("are checked by the compiler, in this file", () => {
    // Reaching this line means that the file could be loaded; `tsc` does the rest.
  });
});
