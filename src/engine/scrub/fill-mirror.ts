/** Brings every blob into a mirror that was attached to a service which had blobs already. */
import type { Clock } from "../../ports/clock.ts";
import type { StoredPart, Walk } from "../../ports/scrub-store.ts";
import type { Pace } from "../integrity/pace.ts";
import type { Healer } from "./healer.ts";
import { runPass } from "./run-pass.ts";
import type { ScrubServices } from "./scrub-services.ts";

/** How long a mirror that can't be written is left alone. */
const RETRY_MS = 60_000;

/**
 * Goes on with the walk that `attachMirror` began, if it has not come to its end. Blobs that are uploaded meanwhile
 * are written to the mirror anyway. What no copy has can't be filled: it has its record of damage. Throws the
 * signal's reason.
 */
export async function fillMirror(
  services: ScrubServices,
  healer: Healer,
  pace: Pace,
  signal: AbortSignal,
): Promise<void> {
  const { metadata, logger, mirror } = services;
  const walk = await metadata.scrub.findWalk("fill");
  if (mirror === undefined || walk === undefined || walk.endedAtMs !== undefined) {
    return;
  }
  let filled = 0;
  await runPass(services, walk, {
    comesTo: () => undefined,
    saved: async () => undefined,
    visit: async (part) => {
      await pace.step();
      if ((await mirror.blobs.findSize(part.blobId).catch(() => undefined)) !== part.sizeBytes) {
        await bringIn({ healer, pace, clock: services.clock, signal }, part);
        filled += 1;
      }
    },
  });
  logger.info({ mirrorId: mirror.mirrorId, blobs: filled }, "the mirror has every blob");
}

/** Tries until the mirror takes it: a full disk has to be mended, and then the mirror must lack nothing. */
async function bringIn(
  parts: {
    readonly healer: Healer;
    readonly pace: Pace;
    readonly clock: Clock;
    readonly signal: AbortSignal;
  },
  part: StoredPart,
): Promise<void> {
  for (;;) {
    const { failures } = await parts.healer.heal(part, { pace: parts.pace });
    if (failures.length === 0) {
      return;
    }
    await parts.clock.sleep(RETRY_MS, parts.signal);
    parts.signal.throwIfAborted();
  }
}

/**
 * Makes the walk that fills mirror `mirrorId`, unless this mirror is known and nothing was written without it since.
 * Called at a start, before anything is written.
 */
export async function attachMirror(
  { metadata, clock }: Pick<ScrubServices, "metadata" | "clock">,
  mirrorId: string,
): Promise<void> {
  const known = await metadata.scrub.findWalk("fill");
  if (known?.target === mirrorId) {
    return;
  }
  await metadata.scrub.saveWalk(beginFill(known, mirrorId, clock.nowMs()));
}

/** Notes that blobs are written without the mirror from now on, so that it has to be filled once it is back. */
export async function detachMirror({
  metadata,
  clock,
}: Pick<ScrubServices, "metadata" | "clock">): Promise<Walk | undefined> {
  const known = await metadata.scrub.findWalk("fill");
  if (known !== undefined) {
    await metadata.scrub.saveWalk(beginFill(known, known.target, clock.nowMs()));
  }
  return known;
}

function beginFill(known: Walk | undefined, mirrorId: string, nowMs: number): Walk {
  return {
    name: "fill",
    target: mirrorId,
    pass: (known?.pass ?? 0) + 1,
    startedAtMs: nowMs,
    position: undefined,
    endedAtMs: undefined,
    previousStartedAtMs: undefined,
  };
}
