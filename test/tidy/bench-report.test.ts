/** The parts of the benchmark that need no service: plans, figures, goals and the table. */
import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { parseFlags } from "../../bench/flags.ts";
import { prepareLoadGenerator } from "../../bench/load/load-generator.ts";
import { parsePlan, parseResult, writePlan } from "../../bench/load/plan.ts";
import { formatReport } from "../../bench/report/format-report.ts";
import { type Figures, judgeGoals } from "../../bench/report/goals.ts";
import { findOpensslRate } from "../../bench/report/hash-rate.ts";
import { median, quantile, roundTo, summarize } from "../../bench/report/statistics.ts";
import { findFileSystem } from "../../bench/report/surroundings.ts";
import { findHashing, isAccelerated } from "../../bench/service/hashing.ts";
import { findLoopDelay } from "../../bench/service/loop-delay.ts";
import { formatCount, formatSize } from "../../bench/workloads/sizes.ts";

const head = Buffer.from("GET / HTTP/1.1\r\nhost: a\r\n\r\n");

const figures: Figures = {
  id: "upload-1g-x4",
  name: "upload 1 GiB × 4",
  unit: "MB/s",
  median: 812.3,
  lowest: 700,
  highest: 901,
  cpuSecondsPerGb: 1.61,
  peakMib: 256,
  ratios: { T: 0.52, "node:http": 0.41 },
  rivals: { T: 1500, "node:http": 2000 },
  cpuRatios: { "node:http": 3.1 },
};

async function inFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "moraine-bench-report-"));
  try {
    await run(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

describe("the benchmark's figures", () => {
  it("takes the middle of the values, or the mean of the two in the middle", () => {
    assert.equal(median([3, 1, 2]), 2);
    assert.equal(median([4, 1, 2, 3]), 2.5);
    assert.deepEqual(summarize([5, 1, 3]), { median: 3, lowest: 1, highest: 5 });
  });

  it("takes the smallest value that so many don't exceed as a quantile", () => {
    const hundred = Array.from({ length: 100 }, (_, index) => 100 - index);
    assert.equal(quantile(hundred, 0.99), 99);
    assert.equal(quantile(hundred, 0.5), 50);
    assert.equal(quantile([7], 0.99), 7);
  });

  it("rounds to significant digits and leaves whole parts whole", () => {
    assert.deepEqual(
      [roundTo(12_345.6, 3), roundTo(1.2345, 3), roundTo(0.12345, 3)],
      [12_346, 1.23, 0.123],
    );
  });

  it("reads the rate of openssl speed, and none out of other text", () => {
    const text = "+H:1048576\n+F:25:sha256:1433053866.67\n+DT:sha256:1:1048576\n";
    assert.equal(Math.round(findOpensslRate(text) ?? 0), 1433);
    assert.equal(findOpensslRate("speed: unknown option"), undefined);
  });

  it("finds the file system of the innermost mount", () => {
    const mounts = "/dev/a / ext4 rw 0 0\ntmpfs /dev/shm tmpfs rw 0 0\n/dev/b /tmp2 xfs rw 0 0\n";
    assert.equal(findFileSystem("/dev/shm/x", mounts), "tmpfs");
    assert.equal(findFileSystem("/tmp/x", mounts), "ext4");
  });

  it("takes the timer's own period off the delay of the event loop", () => {
    const metrics =
      "nodejs_eventloop_lag_max_seconds 0.0512\nnodejs_eventloop_lag_p99_seconds 0.0101\n";
    assert.deepEqual(findLoopDelay(metrics), { p99Ms: 0.1, maxMs: 41.2 });
    assert.throws(() => findLoopDelay("up 1\n"), /tells no nodejs_eventloop_lag_p99_seconds/);
  });

  it("knows the accelerator from node:crypto", () => {
    assert.equal(
      findHashing('a 1\nmoraine_hashing_info{kernel="sha-ni fused"} 1\n'),
      "sha-ni fused",
    );
    assert.deepEqual(["sha-ni fused", "node:crypto", ""].map(isAccelerated), [true, false, false]);
  });

  it("names sizes and counts the way people do", () => {
    assert.deepEqual([formatSize(2 ** 30), formatSize(2 ** 26)], ["1 GiB", "64 MiB"]);
    assert.deepEqual([1000, 200_000, 10_000_000].map(formatCount), ["1 000", "200 000", "10 M"]);
  });
});

describe("the benchmark's goals", () => {
  it("meets a goal at its bound and misses it beyond", () => {
    assert.deepEqual(judgeGoals(figures, { accelerated: true }), [
      { text: "≥ 0.52 T", isMet: true },
      { text: "≤ 1.6 CPU s/GB", isMet: false },
      { text: "≤ 256 MiB", isMet: true },
    ]);
  });

  it("asks for less without the accelerator", () => {
    const row = { ...figures, id: "upload-1g-x1", ratios: { T: 0.31 } };
    assert.deepEqual(judgeGoals(row, { accelerated: false }), [{ text: "≥ 0.3 T", isMet: true }]);
    assert.deepEqual(judgeGoals(row, { accelerated: true }), [{ text: "≥ 0.45 T", isMet: false }]);
  });

  it("leaves open what nothing was there to compare with", () => {
    const row = { ...figures, id: "download-x4", ratios: {} };
    assert.deepEqual(judgeGoals(row, { accelerated: true }), [
      { text: "≥ 0.75 nginx", isMet: undefined },
    ]);
  });
});

describe("the benchmark's table", () => {
  it("shows figures, ratios and goals in columns of one width", () => {
    const goals = judgeGoals(figures, { accelerated: true });
    const table = formatReport({
      surroundings: {
        version: "1.2.3",
        date: "2026-01-02T03:04:05Z",
        node: "v26",
        processor: "CPU",
        cores: 2,
        kernel: "6",
        fileSystem: "ext4",
        diskMBps: 500,
        hashMBps: 1500,
        hashedBy: "openssl speed",
        loadGenerator: "C",
        rivals: { nginx: "1.22" },
        hashing: "",
        scale: 1,
        rounds: 3,
      },
      rows: [{ ...figures, goals }],
      seconds: 9,
      seedSeconds: { "1000": 0.1 },
    });
    const lines = table.split("\n").filter((line) => line.startsWith("|"));
    assert.equal(new Set(lines.map((line) => [...line].length)).size, 1);
    assert.match(lines[2] ?? "", /812 \(700–901\) MB\/s\s+\| 0.52 T; 0.41 × node:http/);
    assert.match(
      lines[2] ?? "",
      /1.6 s\/GB; 3.1 × node:http .* ✓ ≥ 0.52 T; ✗ ≤ 1.6 CPU s\/GB; ✓ ≤ 256 MiB/,
    );
    assert.match(table, /The run took 9 s, seeding 1000 0.1 s\./);
  });
});

describe("the benchmark's flags", () => {
  it("makes everything smaller for a quick look, and lets single flags win", () => {
    assert.deepEqual(
      [parseFlags([]), parseFlags(["--quick", "--rounds", "5"])].map(
        ({ scale, rounds, largeVault }) => [scale, rounds, largeVault],
      ),
      [
        [1, 3, 10_000_000],
        [0.25, 5, 1_000_000],
      ],
    );
  });

  it("refuses what is no number, and flags that it doesn't know", () => {
    assert.throws(() => parseFlags(["--rounds", "many"]), /--rounds must be a number/);
    assert.throws(() => parseFlags(["--fast"]), /--fast/);
  });
});

describe("the benchmark's load generators", () => {
  it("reads back the plans that it writes, and refuses one that is cut short", () =>
    inFolder(async (folder) => {
      const file = join(folder, "plan");
      const requests = [
        { head, bodyBytes: 0, bodyOffset: 0, status: 200 },
        { head, bodyBytes: 5, bodyOffset: 3, status: 201 },
      ];
      writePlan(file, requests);
      const bytes = await readFile(file);
      assert.deepEqual(parsePlan(bytes), requests);
      assert.throws(() => parsePlan(bytes.subarray(0, -1)), /no plan at byte/);
    }));

  it("refuses a result that tells of fewer requests than were planned", () => {
    const requests = [{ head, bodyBytes: 4, status: 200 }];
    const result = parseResult("1500 10 ID\ntotal 0.5 0.25\n", { requests });
    assert.deepEqual(result, {
      seconds: 0.5,
      clientCpuSeconds: 0.25,
      latenciesMs: [1.5],
      receivedBytes: 10,
      sentBodyBytes: 4,
      archiveIds: ["ID"],
    });
    assert.throws(() => parseResult("total 0.5 0.25\n", { requests }), /told of 0 of 1/);
  });

  for (const wanted of [undefined, "javascript"] as const) {
    it(`sends bodies in turn and stops at a wrong status (${wanted ?? "in C where possible"})`, () =>
      inFolder(async (folder) => {
        const received: string[] = [];
        const server = createServer(async (request, response) => {
          const body = Buffer.concat(await request.toArray()).toString();
          received.push(`${request.url} ${body}`);
          const status = request.url === "/wrong" ? 403 : 201;
          response.writeHead(status, {
            "content-length": 10,
            "x-amz-archive-id": `id-${body}`,
            ...(request.url === "/closing" ? { connection: "close" } : {}),
          });
          response.end("0123456789");
        });
        await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
        try {
          const { port } = server.address() as AddressInfo;
          const bodyFile = join(folder, "body");
          await writeFile(bodyFile, "abcdef");
          const generator = prepareLoadGenerator(folder, wanted);
          const plan = (paths: readonly string[]) => ({
            connections: 2,
            bodyFile,
            requests: paths.map((path) => ({
              head: Buffer.from(`POST ${path} HTTP/1.1\r\nhost: a\r\ncontent-length: 4\r\n\r\n`),
              bodyBytes: 4,
              bodyOffset: 4,
              status: 201,
            })),
          });
          const result = await generator.run(port, plan(["/a", "/closing", "/b"]));
          assert.deepEqual(received.toSorted(), ["/a efab", "/b efab", "/closing efab"]);
          assert.deepEqual(result.archiveIds, ["id-efab", "id-efab", "id-efab"]);
          assert.deepEqual([result.receivedBytes, result.sentBodyBytes], [30, 12]);
          await assert.rejects(generator.run(port, plan(["/wrong"])), /status 403 where 201/);
        } finally {
          server.closeAllConnections();
          await new Promise((resolve) => server.close(resolve));
        }
      }));
  }
});
