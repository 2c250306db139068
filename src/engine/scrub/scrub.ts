/**
 * The scrub: reads every blob again and verifies it, in all its copies, pass after pass; brings a new mirror up to
 * date; and looks at once at blobs that somebody met damage in. See docs/adr/0014-mirror-and-scrub.md.
 */
import type { BlobId } from "../../domain/ids.ts";
import type { Walk } from "../../ports/scrub-store.ts";
import { assert } from "../../std/assert.ts";
import { createPace, type Pace } from "../integrity/pace.ts";
import { decideDueAtMs } from "./decide-schedule.ts";
import { fillMirror } from "./fill-mirror.ts";
import { createHealer, type Healer } from "./healer.ts";
import { scrubPass } from "./scrub-pass.ts";
import type { ScrubServices } from "./scrub-services.ts";
import { createScrubWatch, type ScrubReport, type ScrubWatch } from "./scrub-watch.ts";
import { createSuspects, type Suspects } from "./suspects.ts";

/** A clock that jumped is noticed so soon. */
const LOOK_EVERY_MS = 60 * 60 * 1000;
const RETRY_MS = 60_000;
/** The pause between two milliseconds of lookups. */
const REST_MS = 2;

export interface Scrub {
  readonly healer: Healer;
  /** Begins; called once. */
  start(): void;
  /** Does what is due now, once. */
  runOnce(): Promise<void>;
  /** Looks at a blob soon, because somebody met damage in it. */
  suspect(blobId: BlobId): void;
  describe(): Promise<ScrubReport>;
  /** Ends between two slices of a blob, and stores how far it is. */
  stop(): Promise<void>;
}

/** Nothing runs until it is started. */
export function createScrub(services: ScrubServices): Scrub {
  const { clock, settings } = services;
  const stopping = new AbortController();
  const { signal } = stopping;
  const paceAt = (maxBytesPerSecond: number | undefined): Pace =>
    createPace(clock, { maxBytesPerSecond, restMs: REST_MS }, signal);
  const healer = createHealer(services);
  const watch = createScrubWatch(services);
  const pace = paceAt(settings.fillBytesPerSecond);
  const suspects: Suspects = createSuspects(services, healer, { pace, signal });
  const parts = { services, healer, watch, signal };
  const fill = async (): Promise<number> => {
    await fillMirror(services, healer, paceAt(settings.fillBytesPerSecond), signal);
    await watch.publish();
    return LOOK_EVERY_MS;
  };
  const loops: Promise<void>[] = [];
  return {
    healer,
    suspect: (blobId) => suspects.add(blobId),
    describe: () => watch.describe(),
    start() {
      assert(loops.length === 0, "the scrub is started once");
      loops.push(repeat(services, signal, fill));
      loops.push(repeat(services, signal, () => scrubWhenDue(parts, paceAt)));
    },
    async runOnce() {
      await fill();
      await scrubWhenDue(parts, paceAt);
      await suspects.settled();
    },
    async stop() {
      stopping.abort(new Error("the scrub was told to stop"));
      await Promise.all([...loops, suspects.settled()]);
    },
  };
}

/** `turn` again and again, each followed by the pause that it resolves with; its failures are logged. */
async function repeat(
  { clock, logger }: ScrubServices,
  signal: AbortSignal,
  turn: () => Promise<number>,
): Promise<void> {
  while (!signal.aborted) {
    let pauseMs = RETRY_MS;
    try {
      pauseMs = await turn();
    } catch (error) {
      if (!signal.aborted) {
        logger.error({ err: error }, "the scrub broke off; it goes on where it was");
      }
    }
    await clock.sleep(pauseMs, signal);
  }
}

interface ScrubParts {
  readonly services: ScrubServices;
  readonly healer: Healer;
  readonly watch: ScrubWatch;
  readonly signal: AbortSignal;
}

/** Runs a pass if one is due, or was cut short; resolves with how long to wait. */
async function scrubWhenDue(
  { services, healer, watch, signal }: ScrubParts,
  paceAt: (bytesPerSecond: number | undefined) => Pace,
): Promise<number> {
  const { metadata, clock, settings } = services;
  const { bytesPerSecond, intervalMs } = settings;
  const last = await metadata.scrub.findWalk("scrub");
  watch.knows(last);
  await watch.publish();
  if (bytesPerSecond === undefined) {
    return LOOK_EVERY_MS;
  }
  const nowMs = clock.nowMs();
  if (last?.endedAtMs !== undefined) {
    const waitMs = decideDueAtMs(last, intervalMs, nowMs) - nowMs;
    if (waitMs > 0) {
      return Math.min(waitMs, LOOK_EVERY_MS);
    }
  }
  const walk = last?.endedAtMs === undefined && last !== undefined ? last : beginPass(last, nowMs);
  await watch.begins(walk);
  await scrubPass({ services, healer, watch, signal, pace: paceAt(bytesPerSecond) }, walk);
  return 0;
}

function beginPass(last: Walk | undefined, nowMs: number): Walk {
  return {
    name: "scrub",
    target: "",
    pass: (last?.pass ?? 0) + 1,
    startedAtMs: nowMs,
    position: undefined,
    endedAtMs: undefined,
    previousStartedAtMs: last?.startedAtMs,
  };
}
