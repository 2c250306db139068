/** Errors of the file system in the words of Python, which the AWS CLI shows. */

/** The text for `error` about `path`; the error's own where Python's is not known. */
export function describeFileError(error: unknown, path: string): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  switch (code) {
    case "ENOENT":
      return `[Errno 2] No such file or directory: '${path}'`;
    case "EACCES":
      return `[Errno 13] Permission denied: '${path}'`;
    case "ENOTDIR":
      return `[Errno 20] Not a directory: '${path}'`;
    case "EISDIR":
      return `[Errno 21] Is a directory: '${path}'`;
    case "ENOSPC":
      return `[Errno 28] No space left on device: '${path}'`;
    default:
      return error instanceof Error ? error.message : String(error);
  }
}
