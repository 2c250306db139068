/** moto's server, a mock of AWS in Python that keeps everything in memory. */
import { spawnSync } from "node:child_process";
import { freePort } from "../../test/support/free-port.ts";
import { startProgram } from "../service/child-program.ts";
import type { Target } from "../service/server-under-test.ts";
import { awaitPort, makeTarget } from "./rival-process.ts";

const RUN = ["-c", "import sys; from moto.server import main; main(sys.argv[1:])"];

/** Its version, or `undefined` where Python can't load it. */
export function findMoto(): string | undefined {
  const words = ["-c", "import moto, moto.server; print(moto.__version__)"];
  const { stdout, status } = spawnSync("python3", words, { encoding: "utf8" });
  return status === 0 ? stdout.trim() : undefined;
}

/** Starts it on a free port; `undefined` where it isn't installed. */
export async function startMoto(): Promise<Target | undefined> {
  if (findMoto() === undefined) {
    return undefined;
  }
  const port = await freePort();
  const words = [...RUN, "-H", "127.0.0.1", "-p", String(port)];
  const child = startProgram("python3", words, { stdio: "ignore" });
  await awaitPort("moto", port);
  return makeTarget("moto", port, child);
}
