/** In which ways SQL databases differ, as named flags; queries and migrations ask these, never for an engine. */

export interface Capabilities {
  /** `FOR UPDATE` and `SKIP LOCKED`. Without them the database runs one writing transaction at a time. */
  readonly rowLocks: boolean;
  /** The column type for byte strings. */
  readonly binaryType: "blob" | "bytea";
  /** The function that writes a byte string as hex digits; `hex` writes upper-case ones. */
  readonly hexFunction: "encode" | "hex";
  /** How a table numbers its rows itself, without ever using a number twice. */
  readonly identityColumn: "autoincrement" | "generated";
  /** The collation that orders text by code points, or `undefined` when that is the default. */
  readonly codePointCollation: string | undefined;
}

/** What a server database offers. */
export const DEFAULT_CAPABILITIES: Capabilities = {
  rowLocks: true,
  binaryType: "bytea",
  hexFunction: "encode",
  identityColumn: "generated",
  codePointCollation: "C",
};

export const SQLITE_CAPABILITIES: Capabilities = {
  ...DEFAULT_CAPABILITIES,
  rowLocks: false,
  binaryType: "blob",
  hexFunction: "hex",
  identityColumn: "autoincrement",
  codePointCollation: undefined,
};
