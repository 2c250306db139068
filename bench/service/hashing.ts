/** How the service says it hashes. */

/** The kernel's name, such as `sha-ni fused`; empty in versions that hash in one way only, which is node:crypto's. */
export function findHashing(metrics: string): string {
  return /^moraine_hashing_info\{kernel="(.*)"\} 1$/m.exec(metrics)?.[1] ?? "";
}

/** Whether that is the accelerator rather than node:crypto. */
export function isAccelerated(hashing: string): boolean {
  return hashing !== "" && hashing !== "node:crypto";
}
