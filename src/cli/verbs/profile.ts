/** `moraine profile ls`: the profiles of the AWS files and of config.toml. */
import { readFile } from "node:fs/promises";
import type { Command } from "commander";
import { loadConfigFiles, settingOf } from "../../client/config-files.ts";
import { EXIT } from "../exit-codes.ts";
import { loadUserConfig } from "../session/user-config.ts";
import { createVerb, type VerbContext } from "../session/verb.ts";

const EXAMPLES = `
Examples:
  moraine profile ls
`;

export const profile = createVerb("profile", (command, context) => {
  command.description("List the profiles that --profile can name.").addHelpText("after", EXAMPLES);
  addList(command, context);
});

function addList(parent: Command, { withoutService }: VerbContext): void {
  const command = parent.command("ls").description("List profiles and where they come from.");
  withoutService(command, async ({ reporter, surroundings }) => {
    const { env, homeDir } = surroundings;
    const own = await loadUserConfig(env, homeDir);
    const read = (path: string) => readFile(path, "utf8").catch(() => undefined);
    const aws = await loadConfigFiles({ env, homeDir, readFile: read });
    const names = [...new Set([...own.profiles.keys(), ...aws.profiles.keys()])].sort();
    for (const name of names) {
      const inOwn = own.profiles.get(name);
      const inAws = aws.profiles.get(name);
      const region = inOwn?.region ?? settingOf(inAws, "region");
      const endpoint = inOwn?.endpoint ?? settingOf(inAws, "endpoint_url");
      const files = [...(inOwn ? [own.path] : []), ...(inAws ? [aws.configPath] : [])];
      reporter.data(
        { event: "profile", name, region, endpoint, files },
        `${name.padEnd(16)} ${(region ?? "-").padEnd(14)} ${endpoint ?? "AWS"}`,
      );
    }
    if (names.length === 0) {
      reporter.note("No profiles yet: `moraine configure` makes one.");
    }
    return EXIT.ok;
  });
}
