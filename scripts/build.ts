/** Builds what the published package holds: the program in `dist/`, and manual pages in `man/`. */
import { join } from "node:path";
import { buildProgram } from "./build-program.ts";

await buildProgram(join(import.meta.dirname, ".."));
await import("./write-man-pages.ts");
