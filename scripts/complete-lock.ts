/**
 * Completes package-lock.json after an install from a registry that offers the binaries of some platforms
 * only: npm then leaves the others out of the lock file, and `npm ci` refuses it. Each optional dependency
 * that is missing is added with the platform its name tells; npm skips it wherever that is not the platform.
 */
import { readFile, writeFile } from "node:fs/promises";

interface LockedPackage {
  readonly dev?: boolean;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly [field: string]: unknown;
}

const PLATFORM =
  /-(aix|android|darwin|freebsd|linux|netbsd|openbsd|win32)-([a-z0-9]+)(?:-([a-z]+))?$/;

const file = new URL("../package-lock.json", import.meta.url);
const lock = JSON.parse(await readFile(file, "utf8")) as {
  packages: Record<string, LockedPackage>;
};
for (const parent of Object.values(lock.packages)) {
  for (const [name, version] of Object.entries(parent.optionalDependencies ?? {})) {
    const place = `node_modules/${name}`;
    const platform = PLATFORM.exec(name);
    if (lock.packages[place] === undefined && platform !== null) {
      const [, os, cpu, library] = platform;
      const dev = parent.dev === true ? { dev: true } : {};
      const libc = os === "linux" ? { libc: [library === "musl" ? "musl" : "glibc"] } : {};
      lock.packages[place] = { version, cpu: [cpu], ...dev, ...libc, optional: true, os: [os] };
      process.stdout.write(`added ${name}@${version}\n`);
    }
  }
}
lock.packages = Object.fromEntries(
  Object.entries(lock.packages).sort(([left], [right]) => (left < right ? -1 : 1)),
);
await writeFile(file, `${JSON.stringify(lock, null, 2)}\n`);
