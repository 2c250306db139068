/** Writes docs/reference/configuration.md from the table of settings. */
import { writeFileSync } from "node:fs";
import { formatConfigurationPage } from "../src/server/config-page.ts";

writeFileSync(
  new URL("../docs/reference/configuration.md", import.meta.url),
  formatConfigurationPage(),
);
