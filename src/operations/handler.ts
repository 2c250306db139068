/** What a handler of an operation is given and what it returns. */
import type { AccountId } from "../domain/ids.ts";
import type { InventoryMode } from "../domain/inventory.ts";
import type { ExpeditedCapacity } from "../domain/provisioned-capacity.ts";
import type { TierDelays } from "../domain/retrieval-tier.ts";
import type { Vault } from "../domain/vault.ts";
import type { Ingest } from "../engine/ingest/ingest.ts";
import type { QueueWaiters } from "../engine/notify/queue-waiters.ts";
import type { BlobStore } from "../ports/blob-store.ts";
import type { Clock } from "../ports/clock.ts";
import type { Principal } from "../ports/credential-store.ts";
import type { IdSource } from "../ports/id-source.ts";
import type { IdentitySource } from "../ports/identity-source.ts";
import type { Logger } from "../ports/logger.ts";
import type { MessageSigner } from "../ports/message-signer.ts";
import type { MetadataStore } from "../ports/metadata-store.ts";
import type { ResultStore } from "../ports/result-store.ts";
import type { SecretCipher } from "../ports/secret-cipher.ts";
import type { Input, OperationName, Output } from "../protocol/operations.ts";
import type { Sha256 } from "../std/hasher.ts";

/** The settings that operations decide by. */
export interface OperationSettings {
  readonly inventory: InventoryMode;
  readonly tierDelays: TierDelays;
  /** How many Expedited retrievals an account without provisioned capacity may have in progress. */
  readonly expeditedCapacity: ExpeditedCapacity;
}

/** What a policy document is checked against. */
export interface PolicyTarget {
  readonly kind: "vault-access" | "vault-lock";
  /** The ARN of the vault that the policy is for. */
  readonly ownArn: string;
}

/** What the operations on accounts and users need besides the metadata. */
export interface IdentityServices {
  readonly source: IdentitySource;
  readonly cipher: SecretCipher;
  /** Returns when `document` is an identity policy; throws `ManagementError` `MalformedPolicyDocument`. */
  readonly validatePolicy: (document: string) => void;
  /** The root key of the settings or the credentials file: no request can change it. */
  readonly operatorKey: { readonly accountId: AccountId; readonly accessKeyId: string };
}

/** What the actions on topics and queues need besides the metadata. */
export interface MessagingServices {
  readonly signer: MessageSigner;
  readonly queueWaiters: QueueWaiters;
  /** Tells the dispatcher of notifications that a message or a delivery was committed. */
  readonly wakeDispatcher: () => void;
  /** Whether subscribers may have addresses that are not public. */
  readonly allowPrivate: boolean;
  /** For `MD5OfBody` of SQS, which proves nothing but good transport. */
  readonly md5: (data: Uint8Array) => Uint8Array;
}

/** What all operations share, made once by the composition root. */
export interface Services {
  readonly metadata: MetadataStore;
  readonly blobs: BlobStore;
  /** Where the results of select jobs go. */
  readonly results: ResultStore;
  readonly ingest: Ingest;
  /** Tells the job engine that a job was committed. */
  readonly wakeJobEngine: () => void;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly logger: Logger;
  readonly sha256: Sha256;
  readonly identity: IdentityServices;
  readonly settings: OperationSettings;
  /** Throws `InvalidParameterValueException` naming the element that is wrong (contract §6.3). */
  readonly validatePolicy: (text: string, target: PolicyTarget) => void;
  readonly messaging: MessagingServices;
}

/** Operations that name no vault. */
export type AccountOperation =
  | "ListVaults"
  | "SetDataRetrievalPolicy"
  | "GetDataRetrievalPolicy"
  | "PurchaseProvisionedCapacity"
  | "ListProvisionedCapacity";

/** Operations for which an absent vault is no error by itself. */
export type VaultOptionalOperation = "CreateVault" | "DeleteVault";

/** The vault as it was when the request was authorised; handlers lock and read it again before a change. */
export type VaultOf<N extends OperationName> = N extends AccountOperation
  ? undefined
  : N extends VaultOptionalOperation
    ? Vault | undefined
    : Vault;

/** Who calls, for which account and region, on which vault. */
export interface Call<N extends OperationName> {
  readonly principal: Principal;
  /** The account that owns what the request names; never `-`. */
  readonly accountId: AccountId;
  /** The region the request was signed for. */
  readonly region: string;
  readonly vault: VaultOf<N>;
  /**
   * Throws `AccessDeniedException` when the policies, the lock or the tags of `vault`, the same vault as it
   * is by now, deny what the request was let in for.
   */
  readonly authorizeAgain: (vault: Vault) => void;
}

/**
 * One operation: decodes nothing and renders nothing, so that HTTP, tests and simulations run the same code.
 * Throws `ServiceError` for every refusal.
 */
export type Handler<N extends OperationName> = (
  input: Input<N>,
  call: Call<N>,
  services: Services,
) => Promise<Output<N>>;

/** A handler for every operation: a missing one does not compile. */
export type Handlers = { readonly [N in OperationName]: Handler<N> };
