import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createPrometheusMetrics } from "./metrics-prometheus.ts";

describe("createPrometheusMetrics", () => {
  it("counts requests by operation and status, with their bytes and durations", async () => {
    const { metrics, render } = createPrometheusMetrics();
    const facts = { operation: "UploadArchive", durationMs: 250, bytesIn: 1000, bytesOut: 20 };
    metrics.requestFinished({ ...facts, status: 201 });
    metrics.requestFinished({ ...facts, status: 201 });
    metrics.requestFinished({ ...facts, status: 400, durationMs: -5 });
    const lines = (await render()).split("\n");
    for (const line of [
      'moraine_requests_total{operation="UploadArchive",status="201"} 2',
      'moraine_requests_total{operation="UploadArchive",status="400"} 1',
      'moraine_request_body_bytes_total{operation="UploadArchive"} 3000',
      'moraine_response_body_bytes_total{operation="UploadArchive"} 60',
      'moraine_request_duration_seconds_count{operation="UploadArchive"} 3',
      'moraine_request_duration_seconds_sum{operation="UploadArchive"} 0.5',
      'moraine_request_duration_seconds_bucket{le="0.5",operation="UploadArchive"} 3',
    ]) {
      assert.ok(lines.includes(line), line);
    }
  });

  it("counts finished jobs by kind and outcome", async () => {
    const { metrics, render } = createPrometheusMetrics();
    metrics.jobFinished({ kind: "ArchiveRetrieval", status: "Failed", durationMs: 4000 });
    const lines = (await render()).split("\n");
    const labels = 'kind="ArchiveRetrieval",status="Failed"';
    assert.ok(lines.includes(`moraine_job_duration_seconds_count{${labels}} 1`));
    assert.ok(lines.includes(`moraine_job_duration_seconds_sum{${labels}} 4`));
  });

  it("adds up maintenance by task", async () => {
    const { metrics, render } = createPrometheusMetrics();
    metrics.maintenance({ task: "sweep", count: 3 });
    metrics.maintenance({ task: "sweep", count: 4 });
    assert.match(await render(), /^moraine_maintenance_total\{task="sweep"\} 7$/m);
  });

  it("tells about the process, event loop delay included", async () => {
    const { render, contentType } = createPrometheusMetrics();
    const text = await render();
    assert.match(text, /^process_resident_memory_bytes \d+$/m);
    assert.match(text, /^nodejs_eventloop_lag_p99_seconds \S+$/m);
    assert.match(contentType, /^text\/plain; version=0\.0\.4/);
  });

  it("tells what uploads are hashed by, when that is known", async () => {
    const { render } = createPrometheusMetrics({ hashing: "sha-ni fused" });
    assert.match(await render(), /^moraine_hashing_info\{kernel="sha-ni fused"\} 1$/m);
    assert.doesNotMatch(await createPrometheusMetrics().render(), /moraine_hashing_info/);
  });

  it("tells what downloads are sent by, when that is known", async () => {
    const { render } = createPrometheusMetrics({ sending: "sendfile" });
    assert.match(await render(), /^moraine_sending_info\{method="sendfile"\} 1$/m);
    assert.doesNotMatch(await createPrometheusMetrics().render(), /moraine_sending_info/);
  });

  it("tells how large bodies are received, when that is known", async () => {
    const { render } = createPrometheusMetrics({ receiving: "lent connections" });
    assert.match(await render(), /^moraine_receiving_info\{method="lent connections"\} 1$/m);
    assert.doesNotMatch(await createPrometheusMetrics().render(), /moraine_receiving_info/);
  });

  it("keeps two instances apart", async () => {
    const one = createPrometheusMetrics();
    const two = createPrometheusMetrics();
    one.metrics.maintenance({ task: "sweep", count: 1 });
    assert.doesNotMatch(await two.render(), /task="sweep"/);
  });
});
