/** `moraine configure`: asks for endpoint, region and credentials, and writes a profile. */
import { EXIT } from "../exit-codes.ts";
import { createVerb } from "../session/verb.ts";
import { usageFailure } from "../session/verb-failure.ts";
import { askProfile, type ProfileAnswers } from "./configure/ask-profile.ts";
import { saveProfile } from "./configure/save-profile.ts";

const EXAMPLES = `
Endpoint, region and preferences go to ~/.config/moraine/config.toml, the keys to ~/.aws/credentials, where
other tools find them; what else is in these files stays as it is. Without a terminal, the secret is read from
AWS_SECRET_ACCESS_KEY, never from a flag.

Examples:
  moraine configure
  moraine configure --profile home --endpoint-url http://127.0.0.1:9720 --region us-east-1
`;

export const configure = createVerb("configure", (command, { withoutService }) => {
  command
    .description("Ask for endpoint, region and credentials, and write a profile.")
    .addHelpText("after", EXAMPLES);
  withoutService(command, async ({ flags, reporter, terminal, surroundings }) => {
    const { env, homeDir } = surroundings;
    const name = flags.profile ?? "default";
    const given: ProfileAnswers = {
      endpoint: flags.endpointUrl,
      region: flags.region,
      accessKeyId: env["AWS_ACCESS_KEY_ID"],
      secretAccessKey: env["AWS_SECRET_ACCESS_KEY"],
    };
    if (!terminal.isInteractive && given.endpoint === undefined && given.region === undefined) {
      throw usageFailure("there is no terminal to ask on: give --endpoint-url and --region");
    }
    const answers = terminal.isInteractive ? await askProfile(name, given) : given;
    if (flags.dryRun) {
      reporter.note(`would write the profile "${name}"`);
      return EXIT.ok;
    }
    const written = await saveProfile(name, answers, { env, homeDir });
    for (const path of written) {
      reporter.done({ event: "configured", profile: name, path }, `wrote ${path}`);
    }
    reporter.note("`moraine doctor` tries it.");
    return EXIT.ok;
  });
});
