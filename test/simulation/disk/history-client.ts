/** Requests of clients to the living process: the product's handlers, as the http layer calls them. */
import type { VaultName } from "../../../src/domain/vault.ts";
import type { Handler } from "../../../src/operations/handler.ts";
import { handlers } from "../../../src/operations/index.ts";
import type { RequestBody } from "../../../src/protocol/fields.ts";
import type { Input, OperationName, Output } from "../../../src/protocol/operations.ts";
import { ACCOUNT_ID, REGION } from "../../support/metadata-builders.ts";
import type { Payload } from "../../support/payload.ts";
import { Crash } from "../crash.ts";
import type { DiskWorld, Living } from "./disk-world.ts";

/** How a request ended: answered, refused, or the process died before it answered. */
export type Answer<T> =
  | { readonly kind: "Acknowledged"; readonly output: T }
  | { readonly kind: "Refused"; readonly error: unknown }
  | { readonly kind: "Unanswered" };

const BODY_CHUNK_BYTES = 50_000;

/** Sends one request to whatever process lives now. */
export async function request<N extends OperationName>(
  world: DiskWorld,
  name: N,
  input: Partial<Input<N>> & { readonly vaultName?: string },
): Promise<Answer<Output<N>>> {
  const { living } = world;
  if (living?.process.isAlive !== true) {
    return { kind: "Unanswered" };
  }
  try {
    const output = await perform(living, name, input);
    // A process that died meanwhile sends nothing any more.
    return living.process.isAlive
      ? { kind: "Acknowledged", output: output as Output<N> }
      : { kind: "Unanswered" };
  } catch (error) {
    const isDead = error instanceof Crash || !living.process.isAlive;
    return isDead ? { kind: "Unanswered" } : { kind: "Refused", error };
  }
}

async function perform(
  { services }: Living,
  name: OperationName,
  input: { readonly vaultName?: string },
): Promise<unknown> {
  const vault =
    input.vaultName === undefined
      ? undefined
      : await services.metadata.vaults.find({
          accountId: ACCOUNT_ID,
          region: REGION,
          vaultName: input.vaultName as VaultName,
        });
  const arn = `arn:aws:iam::${ACCOUNT_ID}:root`;
  const principal = { accountId: ACCOUNT_ID, arn, isRoot: true, userId: ACCOUNT_ID };
  const needsVault = name !== "CreateVault" && name !== "DeleteVault";
  if (needsVault && vault === undefined) {
    throw new Error(`there is no vault ${input.vaultName}`);
  }
  const authorizeAgain = (locked: { readonly lock?: unknown }) => {
    // The lock policy of every simulated vault forbids deletions.
    if (name === "DeleteArchive" && locked.lock !== undefined) {
      throw new Error("the lock denies it");
    }
  };
  const call = { principal, accountId: ACCOUNT_ID, region: REGION, vault, authorizeAgain };
  // One code path for all operations; their types come back in `request`.
  const handler = handlers[name] as Handler<OperationName>;
  return await handler(input as never, call as never, services);
}

export function bodyOf({ bytes, sha256 }: Payload): RequestBody {
  async function* chunks(): AsyncGenerator<Uint8Array> {
    for (let start = 0; start < bytes.length; start += BODY_CHUNK_BYTES) {
      yield bytes.subarray(start, start + BODY_CHUNK_BYTES);
    }
  }
  return { sizeBytes: bytes.length, sha256, bytes: chunks() };
}
