/** Sizes and names that workloads share. */

export const MIB = 1024 * 1024;
const GIB = 1024 * MIB;

/** The vault of every workload that needs just one. */
export const VAULT = "bench";
export const VAULT_PATH = `/-/vaults/${VAULT}`;

/** `64 MiB`, `1 GiB`. */
export function formatSize(sizeBytes: number): string {
  return sizeBytes % GIB === 0 ? `${sizeBytes / GIB} GiB` : `${sizeBytes / MIB} MiB`;
}

/** `1 000`, `10 M`: a count of archives. */
export function formatCount(count: number): string {
  if (count >= 1_000_000 && count % 100_000 === 0) {
    return `${count / 1_000_000} M`;
  }
  return String(count).replaceAll(/\B(?=(?:\d{3})+$)/g, " ");
}
