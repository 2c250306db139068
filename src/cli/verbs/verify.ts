/** `moraine verify`: compares local files with what the catalogue says of the archives; retrieves nothing. */
import { lstat, readdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { readCatalog } from "../catalog/open-journal.ts";
import { EXIT } from "../exit-codes.ts";
import { describeVault } from "../session/describe-vault.ts";
import type { Session } from "../session/session.ts";
import { parseVaultPath } from "../session/vault-path.ts";
import { createVerb } from "../session/verb.ts";
import { VerbFailure } from "../session/verb-failure.ts";
import { formatCount, formatSize } from "../units.ts";
import { mapPaths } from "./restore/map-paths.ts";
import { findCipher, nameEncrypted } from "./retrieval/ciphers.ts";
import { hashFileAt } from "./retrieval/local-file.ts";
import { type SelectedArchive, selectArchives } from "./retrieval/select-archives.ts";

const EXAMPLES = `
Names are compared as a restore would write them; of several archives of a name the newest counts. With
VAULT/PREFIX the folder stands for that folder of the vault. An encrypted archive is compared with NAME.gpg or
NAME.age; of a file NAME only the size can be told.

Exit status: 0 all archives are there, identical, and nothing else; 1 files are missing, or have no archive;
5 files differ from their archives.

Examples:
  moraine verify ./out family
  moraine verify ~/Photos/2025 family/photos/2025
`;

export const verify = createVerb("verify", (command, { withSession }) => {
  command
    .description("Compare local files with the catalogue by size and tree hash.")
    .argument("<DIR>", "Folder with the files.")
    .argument("<VAULT[/PREFIX]>", "The vault, or the folder of it that DIR is.")
    .addHelpText("after", EXAMPLES);
  withSession<[string, string], object>(command, async (session, { words: [dir, word] }) => {
    const { vaultName, path } = parseVaultPath(word, session.settings);
    const vault = await describeVault(session, vaultName);
    const catalog = await readCatalog(session, vault);
    const prefix = path === "" || path.endsWith("/") ? path : `${path}/`;
    const archives = selectArchives(catalog, { path: "" })
      .filter(({ name }) => name.startsWith(prefix))
      .map((archive) => ({ ...archive, shownName: archive.shownName.slice(prefix.length) }));
    return await compareFolder(session, resolve(dir), archives);
  });
});

type Finding = "identical" | "missing" | "different" | "extra" | "not compared";

async function compareFolder(
  session: Session,
  dir: string,
  archives: readonly SelectedArchive[],
): Promise<number> {
  const { reporter, signal } = session;
  const expected = pathsOf(archives);
  const seen = new Set<string>();
  const counts = new Map<Finding, number>();
  const tell = (finding: Finding, path: string, details: object, reason = "") => {
    counts.set(finding, (counts.get(finding) ?? 0) + 1);
    if (finding !== "identical" || reporter.isJson) {
      const shown = `${finding.padEnd(12)} ${path}${reason === "" ? "" : `: ${reason}`}`;
      reporter.data({ event: finding.replace(" ", "-"), path, ...details, reason }, shown);
    }
  };
  const totalBytes = archives.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const progress = reporter.progress({ noun: "files", itemCount: archives.length, totalBytes });
  try {
    for await (const file of listFiles(dir)) {
      signal.throwIfAborted();
      const archive = expected.get(file.path);
      if (archive === undefined) {
        tell("extra", file.path, { sizeBytes: file.sizeBytes });
        continue;
      }
      expected.delete(file.path);
      const { name, archiveId, treeHash, sizeBytes } = archive;
      const item = progress.start(file.path, sizeBytes);
      const { finding, reason } = await compare(join(dir, file.path), file, archive);
      seen.add(archiveId);
      item.advance(sizeBytes);
      item.end();
      tell(finding, file.path, { name, archiveId, treeHash, sizeBytes }, reason);
    }
  } finally {
    progress.close();
  }
  for (const [path, { name, archiveId, treeHash, sizeBytes, form }] of expected) {
    // An encrypted archive is there when one of its two files is.
    if (form === "decrypted" || seen.has(archiveId)) {
      continue;
    }
    tell("missing", path, { name, archiveId, treeHash, sizeBytes });
  }
  return reportEnd(session, counts);
}

interface ExpectedArchive extends SelectedArchive {
  /** Whether the file is the archive, or what its decryption makes. */
  readonly form: "stored" | "decrypted";
}

/** As a restore writes them; encrypted ones also as one with `--decrypt` does. */
function pathsOf(archives: readonly SelectedArchive[]): Map<string, ExpectedArchive> {
  const named = (form: ExpectedArchive["form"]) => {
    const mapped = mapPaths(
      archives.map(({ archiveId, shownName, description }) => {
        const cipher = form === "stored" ? findCipher(description) : undefined;
        const name = cipher === undefined ? shownName : nameEncrypted(shownName, cipher);
        return { archiveId, name };
      }),
    );
    return archives.map((archive, index): [string, ExpectedArchive] => [
      mapped[index]?.path ?? "",
      { ...archive, form },
    ]);
  };
  const stored = new Map(named("stored"));
  const decrypted = named("decrypted").filter(
    ([path, { description }]) => findCipher(description) !== undefined && !stored.has(path),
  );
  return new Map([...stored, ...decrypted]);
}

interface LocalFile {
  /** Below the folder, joined by `/`. */
  readonly path: string;
  readonly sizeBytes: number;
  readonly isFile: boolean;
}

/** In the order of the file system, folder by folder; links are not followed. */
async function* listFiles(dir: string, below = ""): AsyncGenerator<LocalFile, void> {
  let names: string[];
  try {
    names = await readdir(join(dir, below));
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new VerbFailure(EXIT.failed, message, { cause });
  }
  for (const name of names.toSorted()) {
    const path = below === "" ? name : `${below}/${name}`;
    const found = await lstat(join(dir, path));
    if (found.isDirectory()) {
      yield* listFiles(dir, path);
    } else {
      yield { path, sizeBytes: found.size, isFile: found.isFile() };
    }
  }
}

async function compare(
  path: string,
  file: LocalFile,
  archive: ExpectedArchive,
): Promise<{ readonly finding: Finding; readonly reason: string }> {
  if (!file.isFile) {
    return { finding: "different", reason: "it is no regular file" };
  }
  if (archive.form === "decrypted") {
    return compareWithEncrypted(file, archive);
  }
  if (file.sizeBytes !== archive.sizeBytes) {
    const reason = `${formatSize(file.sizeBytes)} here, ${formatSize(archive.sizeBytes)} in the vault`;
    return { finding: "different", reason };
  }
  if (archive.treeHash === undefined) {
    return { finding: "not compared", reason: "the catalogue has no tree hash" };
  }
  const treeHash = await hashFileAt(path);
  return treeHash === archive.treeHash
    ? { finding: "identical", reason: "" }
    : { finding: "different", reason: `tree hash ${treeHash}, in the vault ${archive.treeHash}` };
}

/** Of what was encrypted nothing is known but perhaps its size. */
function compareWithEncrypted({ sizeBytes }: LocalFile, { description }: ExpectedArchive) {
  const { tool, plainBytes } = findCipher(description) ?? {};
  if (plainBytes !== undefined && plainBytes !== sizeBytes) {
    const reason = `${formatSize(sizeBytes)} here, ${formatSize(plainBytes)} before encryption with ${tool}`;
    return { finding: "different", reason } as const;
  }
  const reason = `the archive is encrypted with ${tool}, not comparable`;
  return { finding: "not compared", reason } as const;
}

function reportEnd({ reporter }: Session, counts: ReadonlyMap<Finding, number>): number {
  const of = (finding: Finding) => counts.get(finding) ?? 0;
  const [identical, missing, different] = [of("identical"), of("missing"), of("different")];
  const [extra, notCompared] = [of("extra"), of("not compared")];
  const unknown = notCompared === 0 ? "" : ` · ${notCompared} not compared`;
  reporter.done(
    { event: "done", identical, missing, different, extra, notCompared },
    `Done    ${formatCount(identical, "file")} identical · ${different} different · ` +
      `${missing} missing · ${extra} extra${unknown}`,
  );
  if (different > 0) {
    return EXIT.damaged;
  }
  return missing + extra + notCompared > 0 ? EXIT.failed : EXIT.ok;
}
