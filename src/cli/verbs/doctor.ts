/** `moraine doctor`: shows every setting with its source, and whether a signed request succeeds. */
import { EXIT } from "../exit-codes.ts";
import type { Session } from "../session/session.ts";
import { createVerb } from "../session/verb.ts";
import { describeVerbFailure } from "../session/verb-failure.ts";
import type { Sourced, VerbSettings } from "../session/verb-settings.ts";
import { formatDuration, formatRate } from "../units.ts";
import { type Probe, probeService } from "./doctor/probe-service.ts";

const EXAMPLES = `
No secret is printed. The exit status is that of the probe: 0 when the service answered a signed request.

Examples:
  moraine doctor
  moraine doctor --profile home --json
`;

/** Signatures are refused beyond it (contract §1.3). */
const SKEW_MAX_MS = 5 * 60_000;
/** Worth a word before it is too late. */
const SKEW_NOTABLE_MS = 60_000;

export const doctor = createVerb("doctor", (command, { withSession }) => {
  command
    .description("Show every setting with its source, the clock's skew, and try a signed request.")
    .addHelpText("after", EXAMPLES);
  withSession(command, async (session) => {
    const settings = listSettings(session.settings);
    for (const { name, value, source } of settings) {
      session.reporter.data(
        { event: "setting", name, value, source },
        `${name.padEnd(12)} ${value}  (${source})`,
      );
    }
    const probe = await probeService(session);
    for (const line of describeProbe(session, probe)) {
      session.reporter.data({ event: "check", ...line }, `${line.name.padEnd(12)} ${line.text}`);
    }
    return probe.failure === undefined ? EXIT.ok : describeVerbFailure(probe.failure).exitCode;
  });
});

interface Shown {
  readonly name: string;
  readonly value: string;
  readonly source: string;
}

function listSettings(settings: VerbSettings): readonly Shown[] {
  const show = <Value>(
    name: string,
    { value, source }: Sourced<Value>,
    format: (value: Value) => string = String,
  ): Shown => ({ name, value: format(value), source });
  return [
    show("profile", settings.profile),
    show("endpoint", settings.endpoint),
    show("region", settings.region),
    show("account", settings.accountId, (id) => (id === "-" ? "that of the credentials" : id)),
    show("vault", settings.vault, (name) => name ?? "none"),
    show("tier", settings.tier),
    show("concurrency", settings.concurrency),
    show("max rate", settings.maxRate, (rate) => (rate === undefined ? "none" : formatRate(rate))),
    show("journals", settings.journalDir),
    show("exclude", settings.exclude, (globs) => globs.join(" ") || "nothing"),
  ];
}

interface Check {
  readonly name: string;
  readonly ok: boolean;
  readonly text: string;
}

function describeProbe(session: Session, probe: Probe): readonly Check[] {
  const checks: Check[] = [describeCredentials(probe), describeTransport(session, probe)];
  if (probe.skewMs !== undefined) {
    checks.push(describeSkew(probe.skewMs));
  }
  if (probe.failure === undefined) {
    checks.push({ name: "request", ok: true, text: `ok: signed ListVaults in ${probe.tookMs} ms` });
  } else {
    const { message } = describeVerbFailure(probe.failure);
    checks.push({ name: "request", ok: false, text: `FAILED: ${message}` });
  }
  return checks;
}

function describeCredentials({ accessKeyId, credentialsFailure }: Probe): Check {
  return accessKeyId === undefined
    ? { name: "credentials", ok: false, text: `FAILED: ${credentialsFailure ?? "none"}` }
    : { name: "credentials", ok: true, text: `access key ${accessKeyId}` };
}

function describeTransport({ settings, flags }: Session, probe: Probe): Check {
  const { protocol } = settings.endpoint.value;
  const tls = flags.verifySsl ? "TLS, certificate checked" : "TLS, certificate NOT checked";
  const text = protocol === "https:" ? tls : "no TLS: fine on this machine or a network you trust";
  return { name: "transport", ok: probe.isReached, text };
}

function describeSkew(skewMs: number): Check {
  const size = formatDuration(Math.abs(skewMs));
  const direction = skewMs > 0 ? "ahead of" : "behind";
  const ok = Math.abs(skewMs) < SKEW_MAX_MS;
  if (Math.abs(skewMs) < SKEW_NOTABLE_MS) {
    return { name: "clock", ok, text: "agrees with the service's" };
  }
  const advice = ok ? "" : "; FAILED: signatures are refused beyond 5 minutes, set the clock";
  return { name: "clock", ok, text: `${size} ${direction} the service's${advice}` };
}
