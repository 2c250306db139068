/** The certificate of the listeners: reads it from its files, and again when the operator says so. */
import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import type { Server } from "node:http";
import { createSecureContext } from "node:tls";
import { contextOptions, replaceIdentity, type TlsIdentity } from "../http/http-server.ts";
import type { Clock } from "../ports/clock.ts";
import type { Logger } from "../ports/logger.ts";

/** Certificate chains of a dozen links have some 30 KiB. */
const FILE_MAX_BYTES = 1024 * 1024;
const OTHERS_MAY_READ = 0o044;

/** Absolute paths of PEM files. */
export interface TlsFiles {
  readonly certificatePath: string;
  readonly privateKeyPath: string;
}

/** A certificate or key can't be used; the message names setting, file and reason, and nothing of the key. */
export class CertificateError extends Error {
  override readonly name = "CertificateError";
}

interface Surroundings {
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Reads and checks certificate and key. What an operator should know is logged as a warning: a certificate that
 * is not valid now, a key that others may read. Throws `CertificateError`.
 */
export async function readCertificate(
  files: TlsFiles,
  { clock, logger }: Surroundings,
): Promise<TlsIdentity> {
  const { certificatePath, privateKeyPath } = files;
  const certificatePem = await readPem("tls-cert", certificatePath);
  const privateKeyPem = await readPem("tls-key", privateKeyPath);
  const certificate = parseCertificate(certificatePem, certificatePath);
  if (!certificate.checkPrivateKey(parsePrivateKey(privateKeyPem, privateKeyPath))) {
    throw new CertificateError(
      `tls-key: the key in ${privateKeyPath} does not belong to the certificate in ${certificatePath}`,
    );
  }
  const identity = { certificatePem, privateKeyPem };
  checkUsable(identity, files);
  await warnOfMode(privateKeyPath, logger);
  warnOfDates(certificate, certificatePath, { clock, logger });
  return identity;
}

/**
 * A function that reads the files again and gives what it finds to `servers`. What it can't use, it logs as an
 * error, and the certificate so far stays. Calls while one is under way follow it. Never rejects.
 */
export function createCertificateReload(
  files: TlsFiles,
  servers: readonly Server[],
  surroundings: Surroundings,
): () => Promise<void> {
  const { logger } = surroundings;
  const reload = async (): Promise<void> => {
    try {
      const identity = await readCertificate(files, surroundings);
      for (const server of servers) {
        replaceIdentity(server, identity);
      }
      const { fingerprint256, validTo } = new X509Certificate(identity.certificatePem);
      logger.info({ fingerprint256, validTo }, "certificate replaced");
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      logger.error({ reason }, "the certificate was not replaced; the one so far stays in use");
    }
  };
  let turn = Promise.resolve();
  return () => {
    turn = turn.then(reload);
    return turn;
  };
}

async function readPem(setting: string, path: string): Promise<string> {
  try {
    const found = await stat(path);
    if (!found.isFile()) {
      throw new CertificateError(`${setting}: ${path} is not a file`);
    }
    if (found.size > FILE_MAX_BYTES) {
      throw new CertificateError(
        `${setting}: ${path} must be at most ${FILE_MAX_BYTES} bytes long; it has ${found.size}`,
      );
    }
    return await readFile(path, "utf8");
  } catch (cause) {
    if (cause instanceof CertificateError) {
      throw cause;
    }
    const code = cause instanceof Error && "code" in cause ? String(cause.code) : String(cause);
    const reason = code === "ENOENT" ? "there is no such file" : `it can't be read (${code})`;
    throw new CertificateError(`${setting}: ${path}: ${reason}`, { cause });
  }
}

/** The first certificate of a chain is the listener's own. */
function parseCertificate(pem: string, path: string): X509Certificate {
  if (!pem.includes("-----BEGIN CERTIFICATE-----")) {
    throw new CertificateError(
      `tls-cert: ${path} must hold a certificate in PEM form (-----BEGIN CERTIFICATE-----)`,
    );
  }
  try {
    return new X509Certificate(pem);
  } catch (cause) {
    throw new CertificateError(`tls-cert: ${path} holds a damaged certificate`, { cause });
  }
}

/** Messages of the parser say nothing of the key, but neither do they help: its code decides ours. */
function parsePrivateKey(pem: string, path: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    const isLocked = code === "ERR_MISSING_PASSPHRASE" || pem.includes("ENCRYPTED");
    throw new CertificateError(
      isLocked
        ? `tls-key: the key in ${path} is protected by a passphrase; give a key without one`
        : `tls-key: ${path} must hold a private key in PEM form (-----BEGIN PRIVATE KEY-----)`,
    );
  }
}

/** OpenSSL has rules of its own, on key sizes and hashes for instance. */
function checkUsable(identity: TlsIdentity, { certificatePath }: TlsFiles): void {
  try {
    createSecureContext(contextOptions(identity));
  } catch (error) {
    const reason = (error as { readonly reason?: string }).reason ?? "OpenSSL refuses it";
    throw new CertificateError(
      `tls-cert: the certificate in ${certificatePath} can't be used: ${reason}`,
    );
  }
}

async function warnOfMode(path: string, logger: Logger): Promise<void> {
  const mode = (await stat(path)).mode & 0o777;
  if ((mode & OTHERS_MAY_READ) !== 0) {
    const shown = mode.toString(8).padStart(4, "0");
    logger.warn(
      { path, mode: shown },
      "the file of tls-key can be read by others; give it mode 0600",
    );
  }
}

function warnOfDates(
  certificate: X509Certificate,
  path: string,
  { clock, logger }: Surroundings,
): void {
  const nowMs = clock.nowMs();
  const { validFrom, validTo } = certificate;
  if (Date.parse(validTo) < nowMs) {
    logger.warn(
      { path, validTo },
      "the certificate of tls-cert has expired: clients will refuse it",
    );
  } else if (Date.parse(validFrom) > nowMs) {
    logger.warn({ path, validFrom }, "the certificate of tls-cert is not valid yet");
  }
}
