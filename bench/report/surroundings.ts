/** The machine and the programs that figures were made with. */
import { closeSync, fsyncSync, openSync, readFileSync, rmSync, writeSync } from "node:fs";
import { cpus, release } from "node:os";
import { join } from "node:path";
import { findMoto } from "../rivals/moto.ts";
import { findNginx } from "../rivals/nginx.ts";
import { measureHashRate } from "./hash-rate.ts";
import type { Surroundings } from "./row.ts";

const MIB = 1024 * 1024;
const DISK_MIB = 512;

/** Looks at everything once; `folder` is on the file system of the data folders. */
export function describeSurroundings(options: {
  readonly folder: string;
  readonly loadGenerator: string;
  readonly hashing: string;
  readonly scale: number;
  readonly rounds: number;
}): Surroundings {
  const { folder, loadGenerator, hashing, scale, rounds } = options;
  const rate = measureHashRate();
  const nginx = findNginx()?.version;
  const moto = findMoto();
  return {
    version: readVersion(),
    date: new Date().toISOString(),
    node: process.version,
    processor: (cpus()[0]?.model ?? "unknown processor").replaceAll(/\((?:R|TM)\)/g, ""),
    cores: cpus().length,
    kernel: release(),
    fileSystem: findFileSystem(folder, readFileSync("/proc/self/mounts", "utf8")),
    diskMBps: Math.round(measureDisk(join(folder, "disk"))),
    hashMBps: Math.round(rate.mbPerSecond),
    hashedBy: rate.by,
    loadGenerator,
    rivals: {
      ...(nginx === undefined ? {} : { nginx }),
      ...(moto === undefined ? {} : { moto }),
    },
    hashing,
    scale,
    rounds,
  };
}

function readVersion(): string {
  const text = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  return String(JSON.parse(text).version);
}

/** The type of the file system that `path` is on, by the lines of /proc/self/mounts. */
export function findFileSystem(path: string, mounts: string): string {
  const found = mounts
    .split("\n")
    .map((line) => line.split(" "))
    .filter(([, point = "?"]) => point === "/" || path === point || path.startsWith(`${point}/`))
    .toSorted(([, left = ""], [, right = ""]) => left.length - right.length)
    .at(-1);
  return found?.[2] ?? "unknown file system";
}

/** What an upload that writes its bytes once and waits for the disk could reach, MB/s. */
function measureDisk(file: string): number {
  const block = Buffer.alloc(MIB, 7);
  const descriptor = openSync(file, "w");
  try {
    const startedAtMs = performance.now();
    for (let written = 0; written < DISK_MIB; written += 1) {
      writeSync(descriptor, block);
    }
    fsyncSync(descriptor);
    return (DISK_MIB * MIB) / 1e3 / (performance.now() - startedAtMs);
  } finally {
    closeSync(descriptor);
    rmSync(file);
  }
}
