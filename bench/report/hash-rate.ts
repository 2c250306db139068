/** T: what one core hashes with SHA-256 in this minute. */
import { spawnSync } from "node:child_process";
import { hash } from "node:crypto";

export interface HashRate {
  readonly mbPerSecond: number;
  /** The program that hashed. */
  readonly by: string;
}

const BLOCK_BYTES = 1024 * 1024;

/** Takes a second: `openssl speed` where the program is there, else this process. */
export function measureHashRate(): HashRate {
  const words = ["speed", "-mr", "-evp", "sha256", "-bytes", `${BLOCK_BYTES}`, "-seconds", "1"];
  const { stdout, status } = spawnSync("openssl", words, { encoding: "utf8" });
  const mbPerSecond = status === 0 ? findOpensslRate(stdout) : undefined;
  return mbPerSecond === undefined
    ? { mbPerSecond: measureOwnRate(), by: "node:crypto" }
    : { mbPerSecond, by: "openssl speed" };
}

/** MB/s out of what `openssl speed -mr` prints: `+F:25:sha256:1578132766.12`. */
export function findOpensslRate(text: string): number | undefined {
  const rate = Number(/^\+F:\d+:sha256:(?:.*:)?([\d.]+)\s*$/im.exec(text)?.[1]);
  return rate > 0 ? rate / 1e6 : undefined;
}

function measureOwnRate(): number {
  const block = Buffer.alloc(BLOCK_BYTES, 7);
  const startedAtMs = performance.now();
  let blocks = 0;
  while (performance.now() - startedAtMs < 1000) {
    hash("sha256", block, "buffer");
    blocks += 1;
  }
  return (blocks * BLOCK_BYTES) / 1e3 / (performance.now() - startedAtMs);
}
