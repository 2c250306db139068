/**
 * XML as answers of the query protocol have it: elements and text. Attributes, comments, the declaration and
 * processing instructions are passed over; a document type, which could define entities, is refused.
 */

export interface XmlElement {
  readonly name: string;
  /** The text directly in it, entities resolved. */
  readonly text: string;
  readonly children: readonly XmlElement[];
}

/** Answers are shallow; a deeper document is none of them. */
const DEPTH_MAX = 32;

const ENTITIES: Readonly<Record<string, string>> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
};

interface OpenElement {
  readonly name: string;
  text: string;
  readonly children: XmlElement[];
}

/** The root of the document, or `undefined` when `text` is not such XML. */
export function findXmlRoot(text: string): XmlElement | undefined {
  const token = /<!--[\s\S]*?-->|<\?[\s\S]*?\?>|<(\/?)([\w:.-]+)(?:\s[^<>]*?)?(\/?)>|([^<]+)/gy;
  const document: OpenElement = { name: "", text: "", children: [] };
  const open: OpenElement[] = [document];
  while (token.lastIndex < text.length) {
    const match = token.exec(text);
    if (match === null) {
      return undefined;
    }
    const [, closing, name, empty, content] = match;
    const top = open.at(-1) ?? document;
    if (content !== undefined) {
      top.text += resolveEntities(content);
    } else if (name !== undefined && closing === "/") {
      if (open.length === 1 || top.name !== name) {
        return undefined;
      }
      open.pop();
    } else if (name !== undefined) {
      const element: OpenElement = { name, text: "", children: [] };
      top.children.push(element);
      if (empty !== "/") {
        open.push(element);
      }
    }
    if (open.length > DEPTH_MAX) {
      return undefined;
    }
  }
  return open.length === 1 && document.children.length === 1 ? document.children[0] : undefined;
}

/** The first child of that name. */
export function findChild(element: XmlElement | undefined, name: string): XmlElement | undefined {
  return element?.children.find((child) => child.name === name);
}

function resolveEntities(text: string): string {
  return text.replaceAll(
    /&(?:#(\d{1,7})|#x([0-9a-fA-F]{1,6})|(\w+));/g,
    (whole, decimal?: string, hex?: string, name?: string) => {
      if (name !== undefined) {
        return ENTITIES[name] ?? whole;
      }
      const code = decimal === undefined ? Number.parseInt(hex ?? "", 16) : Number(decimal);
      return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
    },
  );
}
