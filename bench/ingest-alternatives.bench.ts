/**
 * Compares ways of hashing and writing upload bodies (docs/adr/0005-hashing-in-workers.md):
 * `node bench/ingest-alternatives.bench.ts [folder]`. No network: the source is fresh chunks of 64 KiB,
 * one turn of the event loop each four, as sockets deliver them.
 */
import { hash } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { setImmediate as nextTurn } from "node:timers/promises";
import {
  eventLoopVariant,
  ringVariant,
  slotVariant,
  transferVariant,
  type Variant,
} from "./support/ingest-variants.ts";

const CHUNK_BYTES = 65_536;
const CHUNKS_PER_TURN = 4;
const TOTAL_BYTES = 1024 * 1024 * 1024;
const SMALL_SECONDS = 1.5;
const template = new Uint8Array(CHUNK_BYTES).map((_, index) => (index * 31) % 256);

function oneShotRate(): number {
  const mebibyte = new Uint8Array(1024 * 1024);
  const start = performance.now();
  for (let round = 0; round < 500; round += 1) {
    hash("sha256", mebibyte, "buffer");
  }
  return (500 * mebibyte.length) / 1000 / (performance.now() - start);
}

async function upload(variant: Variant, path: string, bytes: number): Promise<void> {
  const sink = await variant.openSink(path);
  for (let sent = 0, chunks = 1; sent < bytes; sent += CHUNK_BYTES, chunks += 1) {
    const chunk = new Uint8Array(CHUNK_BYTES);
    chunk.set(template);
    const wait = sink.write(chunk);
    if (wait !== undefined) {
      await wait;
    }
    if (chunks % CHUNKS_PER_TURN === 0) {
      await nextTurn();
    }
  }
  await sink.end();
}

interface Measured {
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly delayP99Ms: number;
}

async function measure(work: () => Promise<void>): Promise<Measured> {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const cpu = process.cpuUsage();
  const start = performance.now();
  await work();
  const seconds = (performance.now() - start) / 1000;
  const used = process.cpuUsage(cpu);
  delay.disable();
  return {
    seconds,
    cpuSeconds: (used.user + used.system) / 1e6,
    delayP99Ms: delay.percentile(99) / 1e6,
  };
}

function report(label: string, columns: readonly string[]): void {
  process.stdout.write(
    `${[label.padEnd(44), ...columns.map((text) => text.padStart(10))].join("")}\n`,
  );
}

async function benchLarge(folder: string): Promise<void> {
  report("large bodies, 1 GiB in all", ["MB/s", "CPU s/GB", "delay p99", "ratio"]);
  // The first body pays for compilation and for the file system's first allocations.
  await upload(eventLoopVariant(), join(folder, "warm-up"), TOTAL_BYTES / 4);
  const makers = [
    eventLoopVariant,
    () => slotVariant(256 * 1024),
    () => slotVariant(64 * 1024),
    transferVariant,
    () => ringVariant(64 * 1024),
  ];
  for (const parallel of [1, 4]) {
    for (const make of makers) {
      const variant = make();
      await nextTurn();
      await new Promise((resolve) => setTimeout(resolve, 200));
      const reference = oneShotRate();
      const result = await measure(async () => {
        const bodies = Array.from({ length: parallel }, (_, index) =>
          upload(variant, join(folder, `large-${index}`), TOTAL_BYTES / parallel),
        );
        await Promise.all(bodies);
      });
      await variant.close();
      const rate = TOTAL_BYTES / 1e6 / result.seconds;
      report(`${variant.name} × ${parallel}`, [
        rate.toFixed(0),
        (result.cpuSeconds / (TOTAL_BYTES / 1e9)).toFixed(2),
        `${result.delayP99Ms.toFixed(1)} ms`,
        (rate / reference).toFixed(2),
      ]);
    }
  }
}

async function storeMany(
  variant: Variant,
  folder: string,
  workload: { readonly sizeBytes: number; readonly connections: number },
): Promise<number> {
  const bytes = new Uint8Array(workload.sizeBytes).fill(7);
  const until = performance.now() + SMALL_SECONDS * 1000;
  let stored = 0;
  const connection = async (): Promise<void> => {
    while (performance.now() < until) {
      stored += 1;
      const shard = (stored % 256).toString(16).padStart(2, "0");
      await variant.storeSmall(join(folder, shard, `${stored}`), bytes);
    }
  };
  await Promise.all(Array.from({ length: workload.connections }, connection));
  return stored;
}

async function benchSmall(folder: string): Promise<void> {
  report("small bodies, durable", ["per s", "CPU µs", "delay p99", ""]);
  for (const sizeBytes of [4096, 65_536, 262_144]) {
    for (const connections of [1, 8, 64]) {
      for (const make of [eventLoopVariant, () => slotVariant(256 * 1024)]) {
        const variant = make();
        const home = join(folder, "small");
        for (let shard = 0; shard < 256; shard += 1) {
          mkdirSync(join(home, shard.toString(16).padStart(2, "0")), { recursive: true });
        }
        await variant.storeSmall(join(home, "00", "first"), new Uint8Array(1));
        let stored = 0;
        const result = await measure(async () => {
          stored = await storeMany(variant, home, { sizeBytes, connections });
        });
        await variant.close();
        rmSync(home, { recursive: true });
        report(`${variant.name}, ${sizeBytes / 1024} KiB × ${connections}`, [
          (stored / result.seconds).toFixed(0),
          ((result.cpuSeconds / stored) * 1e6).toFixed(0),
          `${result.delayP99Ms.toFixed(1)} ms`,
          "",
        ]);
      }
    }
  }
}

const folder = mkdtempSync(join(process.argv[2] ?? tmpdir(), "moraine-bench-"));
try {
  await benchLarge(folder);
  await benchSmall(folder);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
