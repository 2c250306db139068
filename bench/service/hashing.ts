/** How the service says it hashes. */

/**
 * The labels of the metric that tells it, such as `implementation=native`; empty when there is none, as in versions that
 * hash in one way only.
 */
export function findHashing(metrics: string): string {
  const labels = /^moraine_\w*hash\w*_info\{(.*)\} 1$/m.exec(metrics)?.[1] ?? "";
  return labels.replaceAll('"', "").replaceAll(",", ", ");
}

/** Whether that is the accelerator rather than node:crypto. */
export function isAccelerated(hashing: string): boolean {
  return /native|accelerat/i.test(hashing);
}
