// Compiles the addons where a C compiler is found: run by npm at install, and by hand after a change. It never fails an
// install: without them the service hashes with node:crypto and sends what it has read. `--verbose` says what happened,
// `--check` compiles and runs digest-check.c under the sanitizers instead. Plain JavaScript: Node.js runs no TypeScript
// inside node_modules.
import { spawnSync } from "node:child_process";
import { mkdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";

const here = import.meta.dirname;
const folder = join(here, "build");
const sources = ["digest.c", "sha256-x86.c", "sha256-arm.c"];
// What speaks Node-API. It runs inside Node.js only, so the sanitizers, which want a program of their own, never see
// it: --check compiles it with every warning an error. Its behaviour is tested from JavaScript.
const nodeSources = ["addon.c", "descriptor.c"];
const linuxSources = process.platform === "linux" ? ["sendfile.c"] : [];
const isCheck = process.argv.includes("--check");
const isVerbose = isCheck || process.argv.includes("--verbose");
const compiler = process.env.CC?.trim() || "cc";
const warnings = ["-std=gnu11", "-Wall", "-Wextra"];

function compile(target, flags, files) {
  const words = [...warnings, ...flags, "-o", target, ...files.map((name) => join(here, name))];
  return run(compiler, words);
}

function run(command, words) {
  const { status, error } = spawnSync(command, words, {
    stdio: ["ignore", isVerbose ? "inherit" : "ignore", isVerbose ? "inherit" : "ignore"],
    timeout: 120_000,
  });
  return error?.message ?? (status === 0 ? undefined : `${command} ended with ${status}`);
}

function checkWarnings(files) {
  const words = [...warnings, "-Werror", "-fsyntax-only", ...files.map((name) => join(here, name))];
  return run(compiler, words);
}

function check() {
  const target = join(folder, "digest-check");
  const flags = ["-g", "-O1", "-Werror", "-fsanitize=address,undefined", "-fno-sanitize-recover"];
  return (
    checkWarnings([...nodeSources, ...linuxSources]) ??
    compile(target, flags, ["digest-check.c", ...sources]) ??
    run(target, [])
  );
}

function build() {
  if (process.platform === "win32") {
    return "not built on Windows";
  }
  const failure = buildAddon("moraine", [...nodeSources, ...sources]);
  return linuxSources.length === 0 ? failure : (failure ?? buildAddon("sendfile", linuxSources));
}

/** Compiled beside and renamed: whoever loads it meanwhile gets the old one or the new one. */
function buildAddon(name, files) {
  const target = join(folder, `${name}.node`);
  const fresh = join(folder, `${name}-${process.pid}.tmp`);
  const linking =
    process.platform === "darwin" ? ["-bundle", "-undefined", "dynamic_lookup"] : ["-shared"];
  const flags = ["-O2", "-fPIC", "-fvisibility=hidden", "-pthread", ...linking];
  try {
    const failure = compile(fresh, flags, files);
    if (failure === undefined) {
      renameSync(fresh, target);
    }
    return failure;
  } finally {
    rmSync(fresh, { force: true });
  }
}

let failure;
try {
  mkdirSync(folder, { recursive: true });
  failure = isCheck ? check() : build();
} catch (error) {
  failure = error.message;
}
if (isVerbose) {
  process.stdout.write(
    failure === undefined
      ? "native: done\n"
      : `native: not all built: ${failure}; Node.js does the same with more work\n`,
  );
}
process.exitCode = isCheck && failure !== undefined ? 1 : 0;
