/**
 * From the route of a Glacier request to the vault that its caller may act on: account → vault → policies, in
 * the contract's order (§1.2).
 */
import { vaultNotFound } from "../domain/errors.ts";
import { findArchiveId } from "../domain/ids.ts";
import { findVaultName, type Vault } from "../domain/vault.ts";
import type { Clock } from "../ports/clock.ts";
import { formatVaultArn } from "../protocol/arn.ts";
import type { Input } from "../protocol/operations.ts";
import type { Route } from "../protocol/router.ts";
import type { Authenticated } from "./authenticate.ts";
import {
  type AccessQuestion,
  type AuthorizationServices,
  authorize,
  findPathAccount,
  foreignAccount,
} from "./authorize.ts";
import { decodeRequest } from "./decode-request.ts";
import type { Exchange } from "./exchange.ts";
import { asksForArchiveAge, type Circumstances, isOnVault } from "./policy-request.ts";
import { ClientGone } from "./request-body.ts";

/** A request whose signature has verified. */
interface Applicant {
  readonly route: Route;
  readonly exchange: Exchange;
  readonly authenticated: Authenticated;
  /** The body of InitiateJob, which names an archive; other bodies are not read yet. */
  readonly namingBody: Uint8Array | undefined;
}

/** Whose resources a request is about, and which vault. */
export interface Admission {
  readonly owner: AccessQuestion["owner"];
  readonly vault: Vault | undefined;
  readonly authorizeAgain: (vault: Vault) => void;
}

/**
 * Finds account and vault and asks the policies. Throws `AccessDeniedException`, and
 * `ResourceNotFoundException` for a vault that the caller's own account does not have; of other accounts
 * nobody learns what they have and what not.
 */
export async function admit(
  applicant: Applicant,
  services: AuthorizationServices,
): Promise<Admission> {
  const { route, exchange, authenticated } = applicant;
  const { principal, region } = authenticated;
  const account = route.parameters["accountId"] ?? "";
  const owner = { accountId: findPathAccount(account, principal), region };
  const isForeign = owner.accountId !== principal.accountId;
  if (isForeign && !isOnVault(route.operation)) {
    throw foreignAccount(account);
  }
  const vault = await findVault(route, owner, services);
  if (isForeign && (vault === undefined || vault instanceof Error)) {
    throw foreignAccount(account);
  }
  if (vault instanceof Error) {
    throw vault;
  }
  const archiveCreatedAtMs = await findArchiveCreation(applicant, vault, services);
  const question: AccessQuestion = {
    operation: route.operation,
    principal,
    circumstances: circumstancesOf(exchange, services.clock),
    owner,
    path: { account, vaultName: route.parameters["vaultName"] },
    vault,
    archiveCreatedAtMs,
  };
  return { owner, vault, authorizeAgain: await authorize(question, services) };
}

/**
 * How a request came, as policies may ask. Throws `ClientGone` when the address of a client that hung up
 * can't be told any more: a Deny by address must not be escaped that way.
 */
export function circumstancesOf(exchange: Exchange, clock: Clock): Circumstances {
  if (exchange.sourceIp === "") {
    throw new ClientGone("connection lost before its address was known");
  }
  return {
    sourceIp: exchange.sourceIp,
    isSecure: exchange.isSecure,
    userAgent: exchange.headers.get("user-agent"),
    nowMs: clock.nowMs(),
  };
}

/**
 * The vault in the path, or the refusal when there is none. Only CreateVault and DeleteVault have
 * something to say about an absent one.
 */
async function findVault(
  route: Route,
  owner: AccessQuestion["owner"],
  { metadata }: AuthorizationServices,
): Promise<Vault | undefined | Error> {
  const text = route.parameters["vaultName"];
  if (text === undefined || route.operation === "CreateVault") {
    return undefined;
  }
  const vaultName = findVaultName(text);
  if (vaultName === undefined) {
    return vaultNotFound(text);
  }
  const vault = await metadata.vaults.find({ ...owner, vaultName });
  if (vault === undefined && route.operation !== "DeleteVault") {
    return vaultNotFound(formatVaultArn({ ...owner, vaultName }));
  }
  return vault;
}

/** When the archive was created that the request names, if the vault has or had it. */
async function findArchiveCreation(
  applicant: Applicant,
  vault: Vault | undefined,
  { metadata }: AuthorizationServices,
): Promise<number | undefined> {
  if (vault === undefined || !asksForArchiveAge(applicant.route.operation)) {
    return undefined;
  }
  const archiveId = findArchiveId(findArchiveIdText(applicant) ?? "");
  const archive = archiveId === undefined ? undefined : await metadata.archives.find(archiveId);
  return archive?.vaultId === vault.vaultId ? archive.createdAtMs : undefined;
}

/** A body that can't be read names no archive; it is refused as such once the caller may be told. */
function findArchiveIdText({ route, exchange, namingBody }: Applicant): string | undefined {
  if (route.operation !== "InitiateJob") {
    return route.parameters["archiveId"];
  }
  const { parameters } = route;
  try {
    const input: Input<"InitiateJob"> = decodeRequest(route.operation, {
      parameters,
      exchange,
      wholeBody: namingBody,
    });
    return input.jobParameters?.ArchiveId;
  } catch {
    return undefined;
  }
}
