/** A plain node:http server that receives the same bodies, or sends the same file, without any check. */
import type { Target } from "../service/server-under-test.ts";
import { startScript } from "./rival-process.ts";

/** Answers every upload with 201, and every GET with the bytes of `file`, or the range of it that is asked for. */
export function startSink(file: string): Promise<Target> {
  return startScript("node:http", new URL("./sink-program.ts", import.meta.url), [file]);
}
