/** What the description of an archive tells about the file in it. */

/**
 * Whose convention a description follows. Formats travel: CrushFTP's is FastGlacier's fourth without its
 * flags, and other programs write it too. `none` stands for an absent or blank description.
 */
export type DescriptionTool =
  | "moraine"
  | "mt-aws-glacier"
  | "FastGlacier"
  | "CrushFTP"
  | "CloudBerry"
  | "QNAP"
  | "git-annex"
  | "plain text"
  | "none";

/** What a format's own decoder finds; the name is as the tool wrote it, perhaps blank. */
export interface FoundDescription {
  readonly name: string;
  readonly tool: DescriptionTool;
  /** When the file was last changed, epoch milliseconds. */
  readonly modifiedAtMs?: number;
  /** Size of the file itself, before its tool compressed or encrypted it. */
  readonly sizeBytes?: number;
  /** Lower-case hex hashes of the file itself. */
  readonly sha256?: string;
  readonly md5?: string;
  /** Permission bits, 0 to 0o7777. */
  readonly mode?: number;
  readonly isCompressed?: boolean;
  readonly isEncrypted?: boolean;
  /** What the file was encrypted with, as `enc` of a mt2 record says it. */
  readonly encryption?: string;
}

/** The decoded description with a name that is never blank, and the stored text unchanged. */
export interface DecodedDescription extends FoundDescription {
  /** The description as it is stored; empty when there is none. */
  readonly raw: string;
}
