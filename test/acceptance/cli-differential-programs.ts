/** What the comparison with the AWS CLI needs of other programs: certificates, terminals, measurements. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type CommandResult, runCommand } from "../support/external-command.ts";

/** As `env` takes them. */
export function pairs(env: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(env).map(([name, value]) => `${name}=${value}`);
}

/** A key and a certificate for 127.0.0.1 that it signs itself, which is also left as `certificate.pem`. */
export async function makeCertificate(folder: string): Promise<{ key: string; cert: string }> {
  const key = join(folder, "key.pem");
  const cert = join(folder, "certificate.pem");
  const made = await runCommand("openssl", [
    ..."req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2".split(" "),
    ..."-subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1".split(" "),
    ...["-keyout", key, "-out", cert],
  ]);
  assert.equal(made.code, 0, made.stderr);
  return { key: await readFile(key, "utf8"), cert: await readFile(cert, "utf8") };
}

/** Runs a command with a terminal of its own, which shows standard output and standard error. */
export async function onTerminal(
  words: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<Pick<CommandResult, "code" | "stdout">> {
  const line = words.map((word) => `'${word}'`).join(" ");
  const { code, stdout } = await runCommand("/usr/bin/env", [
    ...["-i", ...pairs({ ...env, TERM: "xterm", SHELL: "/bin/sh" })],
    ...["script", "--quiet", "--return", "--command", line, "/dev/null"],
  ]);
  return { code, stdout: stdout.replaceAll("\r\n", "\n") };
}

/** Runs a command and reads the most memory that it had. */
export async function measure(
  [program = "", ...args]: readonly string[],
  env: Readonly<Record<string, string>>,
  cwd: string,
): Promise<CommandResult & { readonly peakBytes: number }> {
  const child = spawn(program, args, { env, cwd, stdio: ["ignore", "pipe", "pipe"] });
  let peakKib = 0;
  const timer = setInterval(() => {
    readFile(`/proc/${child.pid}/status`, "utf8").then(
      (status) => {
        peakKib = Math.max(peakKib, Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0));
      },
      () => {},
    );
  }, 20);
  const [stdout, stderr, [code]] = await Promise.all([
    child.stdout.setEncoding("utf8").toArray(),
    child.stderr.setEncoding("utf8").toArray(),
    once(child, "close"),
  ]);
  clearInterval(timer);
  return { code, stdout: stdout.join(""), stderr: stderr.join(""), peakBytes: peakKib * 1024 };
}
