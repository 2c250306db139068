/** The flags of `npm run bench`. */
import { parseArgs } from "node:util";

export interface BenchFlags {
  /** Part of the sizes and counts of a whole run. */
  readonly scale: number;
  readonly rounds: number;
  /** Workloads whose name or id holds one of these texts; all when there is none. */
  readonly only: readonly string[];
  /** Archives of the two inventories, the vault to compare with a small one, and the start of a full service. */
  readonly inventories: readonly number[];
  /** 0 for no comparison. */
  readonly largeVault: number;
  readonly startArchives: number;
  readonly save: string | undefined;
  readonly markdown: boolean;
  /** Where data folders are made; the temporary folder unless given. */
  readonly dataDirParent: string | undefined;
  /** Runs the sources rather than the compiled package. */
  readonly source: boolean;
  /** The load generator; `undefined` for the one in C where there is a compiler. */
  readonly load: "javascript" | undefined;
}

/** Throws on what is no flag, and on numbers that are none. */
export function parseFlags(words: readonly string[]): BenchFlags {
  const { values } = parseArgs({
    args: [...words],
    options: {
      quick: { type: "boolean", default: false },
      scale: { type: "string" },
      rounds: { type: "string" },
      only: { type: "string", multiple: true, default: [] },
      inventories: { type: "string" },
      "large-vault": { type: "string" },
      "start-archives": { type: "string", default: "1000000" },
      save: { type: "string" },
      markdown: { type: "boolean", default: false },
      "data-dir-parent": { type: "string" },
      source: { type: "boolean", default: false },
      load: { type: "string" },
    },
  });
  const { quick } = values;
  const number = (name: string, text: string | undefined, otherwise: number): number => {
    const value = text === undefined ? otherwise : Number(text);
    if (!(value >= 0)) {
      throw new Error(`--${name} must be a number that is not negative; got ${text}`);
    }
    return value;
  };
  if (values.load !== undefined && values.load !== "javascript") {
    throw new Error(`--load must be javascript; got ${values.load}`);
  }
  const inventories = values.inventories?.split(",").filter((text) => text !== "");
  return {
    scale: number("scale", values.scale, quick ? 0.25 : 1),
    rounds: Math.max(1, number("rounds", values.rounds, quick ? 2 : 3)),
    only: values.only,
    inventories: (inventories ?? ["100000", "1000000"]).map((text) =>
      number("inventories", text, 0),
    ),
    largeVault: number("large-vault", values["large-vault"], quick ? 1_000_000 : 10_000_000),
    startArchives: number("start-archives", values["start-archives"], 0),
    save: values.save,
    markdown: values.markdown,
    dataDirParent: values["data-dir-parent"],
    source: values.source,
    load: values.load,
  };
}
