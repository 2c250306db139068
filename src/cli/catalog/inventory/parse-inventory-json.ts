/**
 * Reading an inventory in its JSON form piece by piece. That form is chosen over CSV because it says
 * everything exactly: CSV leaves a backslash before a quote ambiguous (contract §4.4) and tells neither the
 * vault nor the instant.
 */
import { findIsoInstant } from "../../../std/iso-time.ts";
import {
  InventoryFormatError,
  type InventoryHead,
  type InventoryItem,
  parseItem,
} from "./inventory-item.ts";

/** One archive is a kilobyte or two; what surrounds the list is less. */
const PIECE_MAX_CHARACTERS = 1024 * 1024;

export interface InventoryPart {
  /** What was said before the item: the vault and the instant, as the service writes them first. */
  readonly head: InventoryHead;
  readonly item: InventoryItem;
}

/**
 * The items of the inventory in `chunks`, in memory for one of them. When it is done the document was whole,
 * and the head is returned. Throws `InventoryFormatError` that names the item.
 */
export async function* parseInventoryJson(
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<InventoryPart, InventoryHead> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  const splitter = createSplitter();
  let head: InventoryHead | undefined;
  let count = 0;
  for await (const chunk of chunks) {
    for (const text of splitter.take(decode(decoder, chunk, count))) {
      head ??= parseHead(`${splitter.frame()}]}`);
      count += 1;
      yield { head, item: parseItemText(text, `archive ${count} of the inventory`) };
    }
  }
  return parseHead(splitter.frame());
}

function decode(decoder: TextDecoder, chunk: Uint8Array, count: number): string {
  try {
    return decoder.decode(chunk, { stream: true });
  } catch (cause) {
    throw new InventoryFormatError(`after archive ${count} of the inventory: it is not UTF-8`, {
      cause,
    });
  }
}

function parseItemText(text: string, where: string): InventoryItem {
  try {
    return parseItem(JSON.parse(text), where);
  } catch (cause) {
    if (cause instanceof InventoryFormatError) {
      throw cause;
    }
    throw new InventoryFormatError(`${where}: it is not JSON`, { cause });
  }
}

function parseHead(frame: string): InventoryHead {
  const members = parseObject(frame);
  if (!Array.isArray(members["ArchiveList"])) {
    throw new InventoryFormatError("the inventory must have the member ArchiveList, a list");
  }
  const { VaultARN: vaultArn, InventoryDate: date } = members;
  return {
    vaultArn: typeof vaultArn === "string" ? vaultArn : undefined,
    takenAtMs: typeof date === "string" ? findIsoInstant(date) : undefined,
  };
}

function parseObject(text: string): { readonly [key: string]: unknown } {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new InventoryFormatError("the inventory is cut off, or no JSON", { cause });
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new InventoryFormatError("the inventory must be a JSON object");
  }
  return { ...value };
}

/** Where items are: objects in a list in the document. */
const LIST_DEPTH = 2;

/**
 * Splits the document into the texts of the objects in its lists and the frame around them, by brackets and
 * quotation marks alone; whether a text is JSON is for others to say.
 */
function createSplitter() {
  let frame = "";
  let item = "";
  let depth = 0;
  let isInText = false;
  let isEscaped = false;
  return {
    frame: () => frame,
    *take(text: string): Generator<string> {
      let start = 0;
      for (let index = 0; index < text.length; index += 1) {
        const code = text.charCodeAt(index);
        if (isInText) {
          isInText = isEscaped || code !== QUOTE;
          isEscaped = !isEscaped && code === BACKSLASH;
        } else if (code === QUOTE) {
          isInText = true;
        } else if (code === OPEN_BRACE || code === OPEN_BRACKET) {
          if (depth === LIST_DEPTH) {
            frame = withoutComma(bounded(frame + text.slice(start, index)));
            start = index;
          }
          depth += 1;
        } else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) {
          depth -= 1;
          if (depth === LIST_DEPTH) {
            const found = bounded(item + text.slice(start, index + 1));
            item = "";
            start = index + 1;
            yield found;
          }
        }
      }
      const rest = text.slice(start);
      if (depth > LIST_DEPTH) {
        item = bounded(item + rest);
      } else {
        frame = bounded(frame + rest);
      }
    },
  };
}

/** What stands between two items of a list goes, so that the frame is the document with an empty list. */
function withoutComma(frame: string): string {
  return frame.replace(/\[[\s,]*$/, "[");
}

function bounded(text: string): string {
  if (text.length > PIECE_MAX_CHARACTERS) {
    throw new InventoryFormatError(
      `the inventory has a piece of more than ${PIECE_MAX_CHARACTERS} characters`,
    );
  }
  return text;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
