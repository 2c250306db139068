/** A run of the fuzzer against one service: attempts in small batches, and what was found wrong. */
import type { WireServer } from "../support/wire-server.ts";
import { perform } from "../support/wire-server.ts";
import { type ChangeWatch, watchChanges } from "./change-watch.ts";
import { makeAttempt } from "./make-attempt.ts";
import { recordClients } from "./record-clients.ts";
import { recordFixtures } from "./record-fixtures.ts";
import type { RecordedRequest } from "./recorded-request.ts";
import { type Outcome, runAttempt } from "./run-attempt.ts";

/** Attempts under way at the same time. */
const BATCH = 64;
/** Of so many attempts one is repeated alone, since in most batches something succeeds. */
const ALONE = 100;
const BLAME_TIMES = 3;
/** Successful mutations wear down what the recorded requests speak of; then it is made anew. */
const ROUND = 10_000;
/** Enough to see what is wrong. */
const FINDINGS_MAX = 20;

export interface FuzzOptions {
  readonly seed: number;
  readonly attempts: number;
  /** The first attempt; later than 0 to replay. */
  readonly from?: number;
  /** Called from time to time, with the number of the attempt that comes next. */
  onProgress?(index: number): void;
}

export interface FuzzReport {
  readonly attempts: number;
  /** How many answers had which status. */
  readonly statuses: ReadonlyMap<number, number>;
  /** Each with the number of its attempt. */
  readonly findings: readonly string[];
}

interface Run extends FuzzOptions {
  readonly server: WireServer;
  readonly watch: ChangeWatch;
  readonly statuses: Map<number, number>;
  readonly findings: string[];
}

/** Runs to the end, or to the twentieth finding. */
export async function runFuzz(server: WireServer, options: FuzzOptions): Promise<FuzzReport> {
  const watch = watchChanges(server.dataDir);
  const run: Run = { ...options, server, watch, statuses: new Map(), findings: [] };
  const first = options.from ?? 0;
  const end = first + options.attempts;
  let index = first;
  try {
    while (index < end && run.findings.length < FINDINGS_MAX) {
      const round = Math.floor(index / ROUND);
      const recorded = [
        ...(await recordFixtures(server, round)),
        ...(await recordClients(server, round)),
      ];
      const roundEnd = Math.min(end, (round + 1) * ROUND);
      await watch.settle();
      while (index < roundEnd && run.findings.length < FINDINGS_MAX) {
        const size = Math.min(BATCH, roundEnd - index);
        await runBatch(run, recorded, { index, size });
        index += size;
        options.onProgress?.(index);
      }
    }
  } finally {
    watch.close();
  }
  return { attempts: index - first, statuses: run.statuses, findings: run.findings };
}

const NOTHING_HEARD: Outcome = { statuses: [], flaw: undefined };

async function runBatch(
  run: Run,
  recorded: readonly RecordedRequest[],
  { index, size }: { readonly index: number; readonly size: number },
): Promise<void> {
  const { server, watch } = run;
  const before = watch.version();
  const logged = server.log.length;
  const indexes = Array.from({ length: size }, (_, offset) => index + offset);
  const outcomes = await Promise.all(indexes.map((each) => attempt(run, recorded, each)));
  for (const [offset, { statuses, flaw }] of outcomes.entries()) {
    for (const status of statuses) {
      run.statuses.set(status, (run.statuses.get(status) ?? 0) + 1);
    }
    if (flaw !== undefined) {
      run.findings.push(describe(run, recorded, index + offset, flaw));
    }
  }
  for (const { level, message, fields } of server.log.slice(logged)) {
    if (level === "error") {
      const { err } = fields as { readonly err?: Error };
      run.findings.push(`attempts ${index} to ${index + size - 1}: ${message}: ${err?.stack}`);
    }
  }
  const isChanged = outcomes.every(isRefused) && watch.version() !== before;
  const suspects = indexes.filter(
    (each, offset) =>
      isChanged || (each % ALONE === 0 && isRefused(outcomes[offset] ?? NOTHING_HEARD)),
  );
  await blame(run, recorded, suspects);
  await checkAlive(run, index);
}

/**
 * Whoever changed something although refused does it again each time, alone and while nothing else goes on; what the
 * service does of its own accord does not.
 */
async function blame(
  run: Run,
  recorded: readonly RecordedRequest[],
  indexes: readonly number[],
): Promise<void> {
  for (const index of indexes) {
    let times = 0;
    while (times < BLAME_TIMES && (await changesRefused(run, recorded, index))) {
      times += 1;
    }
    if (times === BLAME_TIMES) {
      run.findings.push(describe(run, recorded, index, "was refused and changed something"));
    }
  }
}

async function changesRefused(
  run: Run,
  recorded: readonly RecordedRequest[],
  index: number,
): Promise<boolean> {
  await run.watch.settle();
  const before = run.watch.version();
  const outcome = await attempt(run, recorded, index);
  return isRefused(outcome) && run.watch.version() !== before;
}

/** A client that vanished does not know what became of its request. */
function isRefused({ statuses }: Outcome): boolean {
  return statuses.length > 0 && statuses.every((status) => status >= 400);
}

async function checkAlive({ server, findings }: Run, index: number): Promise<void> {
  const answer = await perform(server, {
    method: "GET",
    target: "/-/vaults",
    region: "fuzz-alive",
  });
  if (answer.status !== 200) {
    findings.push(`after attempt ${index} a good request got ${answer.statusLine} ${answer.body}`);
  }
}

async function attempt(
  run: Run,
  recorded: readonly RecordedRequest[],
  index: number,
): Promise<Outcome> {
  return await runAttempt(run.server.port, remake(run, recorded, index));
}

function remake({ server, seed }: Run, recorded: readonly RecordedRequest[], index: number) {
  const keys = server.signing("");
  return makeAttempt(recorded, { seed, index, keys, nowMs: Date.now() });
}

function describe(
  run: Run,
  recorded: readonly RecordedRequest[],
  index: number,
  flaw: string,
): string {
  const { names, pieces, ending } = remake(run, recorded, index);
  const sent = Buffer.concat(pieces).toString("latin1");
  const shown = sent.length > 3000 ? `${sent.slice(0, 3000)}… (${sent.length} bytes)` : sent;
  return `attempt ${index} (${names.join(", ")}; ${ending}): ${flaw}\n${JSON.stringify(shown)}`;
}
