/** Metrics of the scrub and of the mirror. */
import { Counter, Gauge, type Registry } from "prom-client";
import type { Metrics, ScrubState } from "../../ports/metrics.ts";

/** Gauges have no value before the state is known. */
export function createScrubMetrics(
  registry: Registry,
): Pick<Metrics, "scrubbed" | "copyRepaired" | "scrubState"> {
  const registers = [registry];
  const blobs = new Counter({
    name: "moraine_scrub_blobs_total",
    help: "Blobs read again and verified by the scrub.",
    registers,
  });
  const bytes = new Counter({
    name: "moraine_scrub_bytes_total",
    help: "Bytes read again and verified by the scrub, in all copies.",
    registers,
  });
  const copies = new Counter({
    name: "moraine_scrub_copies_repaired_total",
    help: "Damaged copies of blobs that were put back, or could not be, by copy and outcome.",
    labelNames: ["copy", "outcome"],
    registers,
  });
  return {
    scrubbed: (facts) => {
      blobs.inc(facts.blobs);
      bytes.inc(facts.bytes);
    },
    copyRepaired: (facts) => copies.inc(facts),
    scrubState: createStateGauges(registry),
  };
}

function createStateGauges(registry: Registry): Metrics["scrubState"] {
  let state: ScrubState | undefined;
  const gauge = (name: string, help: string, read: (known: ScrubState) => number | undefined) =>
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        const value = state === undefined ? undefined : read(state);
        this.reset();
        if (value === undefined) {
          this.remove();
        } else {
          this.set(value);
        }
      },
    });
  gauge(
    "moraine_scrub_damaged_archives",
    "Archives with bytes that can't be given back.",
    ({ damagedArchives }) => damagedArchives,
  );
  gauge(
    "moraine_scrub_oldest_verification_age_seconds",
    "No blob was verified longer ago than this.",
    ({ oldestVerifiedAtMs }) =>
      oldestVerifiedAtMs === undefined ? 0 : Math.max(0, Date.now() - oldestVerifiedAtMs) / 1000,
  );
  gauge(
    "moraine_scrub_too_slow",
    "1 when a pass takes longer than the interval at the rate that is allowed.",
    ({ isTooSlow }) => Number(isTooSlow),
  );
  gauge(
    "moraine_mirror_ready",
    "1 when the mirror has every blob, 0 while it is filled.",
    ({ isMirrorReady }) => (isMirrorReady === undefined ? undefined : Number(isMirrorReady)),
  );
  return (known) => {
    state = known;
  };
}
