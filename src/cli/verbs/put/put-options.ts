/** The flags of `put` and `sync` that say how files are found and stored. */
import type { Command } from "commander";
import { Option } from "commander";
import { MIB } from "../../../domain/limits.ts";
import { usageFailure } from "../../session/verb-failure.ts";
import { parseSize } from "../../units.ts";
import { type Encryption, parseEncryption } from "./encryption.ts";

/** Their values, as commander gives them. */
export interface PutOptions {
  readonly exclude?: readonly string[];
  readonly follow?: true;
  readonly checksum?: true;
  /** Bytes. */
  readonly partSize?: number;
  readonly force?: true;
  readonly name?: string;
  /** Bytes. */
  readonly expectSize?: number;
  readonly encrypt?: Encryption;
  readonly pack?: true;
  /** Bytes. */
  readonly packSize?: number;
}

/** Packs are made in memory. */
const PACK_SIZE_MAX_BYTES = 64 * MIB;

/** The largest size of packs; `undefined` without `--pack`. Throws a usage `VerbFailure`. */
export function parsePackSize({ pack, packSize, encrypt }: PutOptions): number | undefined {
  if (packSize !== undefined && (packSize < 2 * MIB || packSize > PACK_SIZE_MAX_BYTES)) {
    throw usageFailure(`--pack-size must be from 2 MiB to 64 MiB; got ${packSize} bytes`);
  }
  if (pack === undefined) {
    if (packSize !== undefined) {
      throw usageFailure("--pack-size goes with --pack");
    }
    return undefined;
  }
  if (encrypt !== undefined) {
    throw usageFailure(
      "--pack and --encrypt can't go together: a file is taken out of a pack by range",
    );
  }
  return packSize ?? PACK_SIZE_MAX_BYTES;
}

/** Adds the flags that both verbs have. */
export function addScanFlags(command: Command): Command {
  return command
    .addOption(
      new Option("--exclude <glob>", "Leave out files and folders; may be repeated.").argParser(
        (glob: string, globs: readonly string[] = []) => [...globs, glob],
      ),
    )
    .option("--follow", "Follow symbolic links within folders.")
    .option("--checksum", "Compare tree hashes, and not times.")
    .addOption(
      new Option(
        "--encrypt <tool:recipient>",
        "Encrypt with age or gpg, which must be installed.",
      ).argParser(parseEncryption),
    )
    .option("--pack", "Store files of up to 1 MiB together, in tar archives.")
    .addOption(
      new Option("--pack-size <size>", "The largest size of those; 64MiB.").argParser(parseSize),
    )
    .addOption(
      new Option("--part-size <size>", "Send longer files in parts of this size.").argParser(
        parseSize,
      ),
    );
}
