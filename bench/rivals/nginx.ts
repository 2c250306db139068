/** nginx as Debian packages it, serving one file; a process of its own with everything it writes in one folder. */
import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePort } from "../../test/support/free-port.ts";
import { startProgram } from "../service/child-program.ts";
import type { Target } from "../service/server-under-test.ts";
import { awaitPort, makeTarget } from "./rival-process.ts";

const PLACES = ["nginx", "/usr/sbin/nginx"];

/** The program and its version, or `undefined` where it isn't installed. */
export function findNginx(): { readonly program: string; readonly version: string } | undefined {
  for (const program of PLACES) {
    const { stderr, status } = spawnSync(program, ["-v"], { encoding: "utf8" });
    if (status === 0) {
      return { program, version: /nginx\/(\S+)/.exec(stderr)?.[1] ?? "" };
    }
  }
  return undefined;
}

/** Serves the files of `root`, with `folder` for its own files; `undefined` where it isn't installed. */
export async function startNginx(folder: string, root: string): Promise<Target | undefined> {
  const found = findNginx();
  if (found === undefined) {
    return undefined;
  }
  mkdirSync(folder);
  const port = await freePort();
  const configuration = join(folder, "nginx.conf");
  writeFileSync(configuration, formatConfiguration(port, { folder, root }));
  const words = ["-p", folder, "-c", configuration, "-e", "stderr"];
  const child = startProgram(found.program, words, { stdio: ["ignore", "inherit", "inherit"] });
  await awaitPort("nginx", port);
  return makeTarget("nginx", port, child);
}

/** Debian's own settings, without the log; as root its workers would otherwise be somebody else. */
function formatConfiguration(
  port: number,
  { folder, root }: { readonly folder: string; readonly root: string },
): string {
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
  return `
    daemon off;
    pid ${folder}/nginx.pid;
    error_log stderr warn;
    worker_processes auto;
    ${process.getuid?.() === 0 ? "user root;" : ""}
    events { worker_connections 768; }
    http {
      ${temporary.map((name) => `${name}_temp_path ${folder}/${name};`).join("\n      ")}
      access_log off;
      sendfile on;
      tcp_nopush on;
      default_type application/octet-stream;
      server { listen 127.0.0.1:${port}; root ${root}; }
    }
  `;
}
