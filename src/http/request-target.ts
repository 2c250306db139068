/** The request target: what stands between method and version in the request line. */
import { badRequest } from "../domain/errors.ts";
import { utf8Text } from "../std/bytes.ts";
import { isAscii } from "./request-headers.ts";

export interface RequestTarget {
  /** As on the wire, for the signature. */
  readonly path: string;
  /** As on the wire, without `?`. */
  readonly query: string;
  /** Percent-decoded segments of the path after its leading slash. */
  readonly segments: readonly string[];
  /** Percent-decoded query parameters, the first value of each name. */
  readonly parameters: ReadonlyMap<string, string>;
}

/**
 * Takes a target apart. Absolute form (`PUT http://host/-/vaults/x`, sent through proxy settings, contract
 * §0 E) is read as the path that follows the authority. Throws `BadRequest` for bad percent-encoding or
 * text that is not UTF-8, naming the part.
 */
export function parseRequestTarget(target: string): RequestTarget {
  const origin = target.startsWith("/") ? target : target.replace(/^https?:\/\/[^/?#]*/i, "");
  const split = origin.indexOf("?");
  const path = split < 0 ? origin : origin.slice(0, split);
  const query = split < 0 ? "" : origin.slice(split + 1);
  if (path !== "" && !path.startsWith("/")) {
    throw badRequest(`The request target must be a path; got ${target}`);
  }
  const segments = path.split("/").slice(1);
  return {
    path: path === "" ? "/" : path,
    query,
    segments: segments.map((segment) => decodePercent(segment, "path")),
    parameters: parseParameters(query),
  };
}

function parseParameters(query: string): Map<string, string> {
  const parameters = new Map<string, string>();
  if (query === "") {
    return parameters;
  }
  for (const pair of query.split("&").filter((text) => text !== "")) {
    const split = pair.indexOf("=");
    const name = decodePercent(split < 0 ? pair : pair.slice(0, split), "query");
    if (!parameters.has(name)) {
      parameters.set(name, split < 0 ? "" : decodePercent(pair.slice(split + 1), "query"));
    }
  }
  return parameters;
}

function decodePercent(text: string, where: "path" | "query"): string {
  if (!text.includes("%") && isAscii(text)) {
    return text;
  }
  if (/%(?![0-9a-fA-F]{2})/.test(text)) {
    throw badRequest(`The ${where} has a % that two hex digits do not follow: ${text}`);
  }
  const bytes = text.replaceAll(/%[0-9a-fA-F]{2}/g, (escaped) =>
    String.fromCharCode(Number.parseInt(escaped.slice(1), 16)),
  );
  try {
    return utf8Text(Buffer.from(bytes, "latin1"));
  } catch (cause) {
    throw badRequest(`The ${where} is not UTF-8 once decoded: ${text}`, { cause });
  }
}
