/** `moraine serve`: starts the service, tells where it is, and ends it on a signal. */
import { AuditFolderError } from "../adapters/audit-file/audit-file.ts";
import { CredentialsFileError } from "../adapters/credentials-file/credentials-file.ts";
import { createJsonLogger } from "../adapters/logger-json/logger-json.ts";
import { EncryptionKeyError } from "../adapters/secret-cipher/encryption-key.ts";
import { KeyWrapperError } from "../ports/key-wrapper.ts";
import { readPackageVersion } from "../std/package-file-node.ts";
import { buildServer, type RunningServer } from "./build-server.ts";
import { DataFolderError } from "./data-folder.ts";
import { formatBanner } from "./first-start.ts";
import { ListenError } from "./listeners.ts";
import { MirrorFolderError } from "./mirror-folder.ts";
import type { Settings } from "./settings.ts";
import { awaitShutdown } from "./shutdown.ts";
import { CertificateError } from "./tls-certificate.ts";

/**
 * Runs the service until a signal ends it; resolves with the exit status. What can't be started is said on
 * standard error in one line, with status 1.
 */
export async function runServer(settings: Settings): Promise<number> {
  // Databases make files of their own accord; nobody else reads what the service keeps.
  process.umask(0o077);
  const logger = createJsonLogger({ level: settings.log.level });
  let server: RunningServer;
  try {
    server = await buildServer(settings, logger);
  } catch (error) {
    process.stderr.write(`moraine: ${describeFailure(error)}\n`);
    return 1;
  }
  // Signals are heard before the banner says that the service is there to be stopped.
  const ended = awaitShutdown({
    signals: process,
    steps: server.drainSteps,
    logger,
    exitNow: (code) => process.exit(code),
  });
  const { reloadCertificate } = server;
  if (reloadCertificate !== undefined) {
    process.on("SIGHUP", () => void reloadCertificate());
  }
  process.stdout.write(await describeStart(settings, server));
  const { boot, hashing, sending, receiving } = server.stores;
  logger.info({ api: server.api, boot, hashing, sending, receiving }, "ready");
  return await ended;
}

async function describeStart(settings: Settings, server: RunningServer): Promise<string> {
  const { folder, identity } = server.stores;
  const { tls } = settings.listeners;
  return formatBanner({
    version: readPackageVersion(),
    api: { ...server.api, isSecure: tls !== undefined },
    console: server.console && { ...server.console, isSecure: tls?.onConsole === true },
    dataDir: folder.path,
    region: settings.region,
    generated: identity.generated
      ? { ...identity.root, path: folder.rootCredentialsPath }
      : undefined,
  });
}

/** Mistakes of the operator are one line; anything else keeps its stack, since it is a defect. */
function describeFailure(error: unknown): string {
  const expected = [
    AuditFolderError,
    CertificateError,
    DataFolderError,
    CredentialsFileError,
    EncryptionKeyError,
    KeyWrapperError,
    ListenError,
    MirrorFolderError,
  ].some((kind) => error instanceof kind);
  return expected ? (error as Error).message : String((error as Error).stack ?? error);
}
