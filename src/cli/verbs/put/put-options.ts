/** The flags of `put` and `sync` that say how files are found and stored. */
import type { Command } from "commander";
import { Option } from "commander";
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
    .addOption(
      new Option("--part-size <size>", "Send longer files in parts of this size.").argParser(
        parseSize,
      ),
    );
}
