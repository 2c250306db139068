/** Metrics in the Prometheus text format, through prom-client. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import type { Metrics } from "../../ports/metrics.ts";
import { createScrubMetrics } from "./scrub-metrics.ts";

/** From a lookup in memory to the upload of 4 GiB over a slow line. */
const REQUEST_SECONDS = [0.005, 0.02, 0.1, 0.5, 2, 10, 60, 600];
/** From a retrieval without delay to a bulk one with the real service's times. */
const JOB_SECONDS = [0.1, 1, 10, 60, 600, 3600, 18_000, 43_200];

export interface PrometheusMetrics {
  readonly metrics: Metrics;
  /** What `render` answers with. */
  readonly contentType: string;
  /** All metrics of the service and of its process, event loop delay included. */
  render(): Promise<string>;
}

/** What does not change while the service runs. */
export interface ServiceFacts {
  /** What uploads are hashed by. */
  readonly hashing?: string;
  /** What downloads are sent by. */
  readonly sending?: string;
  /** How large bodies are received. */
  readonly receiving?: string;
}

/** Metrics of their own registry; several of them may live in one process. */
export function createPrometheusMetrics(about: ServiceFacts = {}): PrometheusMetrics {
  const registry = new Registry();
  createFactMetrics(registry, about);
  collectDefaultMetrics({ register: registry });
  const requestMetrics = createRequestMetrics(registry);
  const backgroundMetrics = createBackgroundMetrics(registry);
  return {
    metrics: { ...requestMetrics, ...backgroundMetrics, ...createScrubMetrics(registry) },
    contentType: registry.contentType,
    render: () => registry.metrics(),
  };
}

/** As is usual for a text, it is a label of a gauge that is always 1. */
function createFactMetrics(
  registry: Registry,
  { hashing, sending, receiving }: ServiceFacts,
): void {
  if (hashing !== undefined) {
    new Gauge({
      name: "moraine_hashing_info",
      help: "What uploads are hashed by: a kernel of the native addon, or node:crypto.",
      labelNames: ["kernel"],
      registers: [registry],
    }).set({ kernel: hashing }, 1);
  }
  if (sending !== undefined) {
    new Gauge({
      name: "moraine_sending_info",
      help: "What downloads are sent by where that can be done: sendfile, or copying.",
      labelNames: ["method"],
      registers: [registry],
    }).set({ method: sending }, 1);
  }
  if (receiving !== undefined) {
    new Gauge({
      name: "moraine_receiving_info",
      help: "How large bodies are received where that can be done: from connections that are lent, or in chunks.",
      labelNames: ["method"],
      registers: [registry],
    }).set({ method: receiving }, 1);
  }
}

function createRequestMetrics(registry: Registry): Pick<Metrics, "requestFinished"> {
  const registers = [registry];
  const requests = new Counter({
    name: "moraine_requests_total",
    help: "Requests answered, by operation and HTTP status.",
    labelNames: ["operation", "status"],
    registers,
  });
  const durations = new Histogram({
    name: "moraine_request_duration_seconds",
    help: "Time from the head of a request to the end of its response.",
    labelNames: ["operation"],
    buckets: REQUEST_SECONDS,
    registers,
  });
  const bytesReceived = new Counter({
    name: "moraine_request_body_bytes_total",
    help: "Bytes of request bodies received.",
    labelNames: ["operation"],
    registers,
  });
  const bytesSent = new Counter({
    name: "moraine_response_body_bytes_total",
    help: "Bytes of response bodies sent.",
    labelNames: ["operation"],
    registers,
  });
  return {
    requestFinished: ({ operation, status, durationMs, bytesIn, bytesOut }) => {
      requests.inc({ operation, status });
      durations.observe({ operation }, seconds(durationMs));
      bytesReceived.inc({ operation }, bytesIn);
      bytesSent.inc({ operation }, bytesOut);
    },
  };
}

function createBackgroundMetrics(registry: Registry): Pick<Metrics, "jobFinished" | "maintenance"> {
  const registers = [registry];
  const jobDurations = new Histogram({
    name: "moraine_job_duration_seconds",
    help: "Time from a job's creation to its end, by kind and outcome.",
    labelNames: ["kind", "status"],
    buckets: JOB_SECONDS,
    registers,
  });
  const maintenance = new Counter({
    name: "moraine_maintenance_total",
    help: "Leftovers removed and damage found by background work, by task.",
    labelNames: ["task"],
    registers,
  });
  return {
    jobFinished: ({ kind, status, durationMs }) =>
      jobDurations.observe({ kind, status }, seconds(durationMs)),
    maintenance: ({ task, count }) => maintenance.inc({ task }, count),
  };
}

/** A wall clock that went back gives a negative duration, which is shown as none. */
function seconds(durationMs: number): number {
  return Math.max(0, durationMs) / 1000;
}
