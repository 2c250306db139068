/**
 * The path line of the canonical request. Every service but S3 signs the wire path with each
 * segment percent-encoded once more (contract §1.3), so `%20` becomes `%2520`.
 */
import { encodePercent } from "./percent-encoding.ts";

/**
 * The lines that clients sign for one wire path, most likely first. JS v2 and Go sign the path as
 * it is; botocore, boto 2, JS v3 and aws4 first collapse `//` and dot segments, yet send it
 * unchanged. Accepting both is safe: the router never collapses, so that a dot segment there is at
 * most a vault name or an id, and no signature over a collapsed path opens an ordinary resource.
 */
export function canonicalPathForms(path: string): string[] {
  const asSent = canonicalPath(path);
  if (!/\/(?:\.|\/|$)/.test(path) && path.startsWith("/")) {
    // No segment is empty or begins with a dot, so there is nothing to collapse.
    return [asSent];
  }
  const collapsed = canonicalPath(collapsePath(path));
  return asSent === collapsed ? [asSent] : [asSent, collapsed];
}

/** The line for `path` without any collapsing; an empty path counts as `/`. */
export function canonicalPath(path: string): string {
  if (path === "") {
    return "/";
  }
  // Most paths stand for themselves.
  return /[^A-Za-z0-9\-_.~/]/.test(path) ? path.split("/").map(encodePercent).join("/") : path;
}

/**
 * RFC 3986 §5.2.4 plus the removal of empty segments, as botocore's `remove_dot_segments` does it.
 */
function collapsePath(path: string): string {
  const kept: string[] = [];
  for (const segment of path.split("/")) {
    if (segment === "..") {
      kept.pop();
    } else if (segment !== "" && segment !== ".") {
      kept.push(segment);
    }
  }
  const first = path.startsWith("/") ? "/" : "";
  const last = path.endsWith("/") && kept.length > 0 ? "/" : "";
  return `${first}${kept.join("/")}${last}`;
}
