/** The questions of `moraine configure`. */
import { EXIT } from "../../exit-codes.ts";
import { VerbFailure } from "../../session/verb-failure.ts";

/** What is `undefined` is left as it is in the files. */
export interface ProfileAnswers {
  readonly endpoint: string | undefined;
  readonly region: string | undefined;
  readonly accessKeyId: string | undefined;
  readonly secretAccessKey: string | undefined;
}

/** Asks on standard error; `given` are the answers suggested. Throws `VerbFailure` when it is left. */
export async function askProfile(name: string, given: ProfileAnswers): Promise<ProfileAnswers> {
  const { intro, password, text } = await import("@clack/prompts");
  const output = process.stderr;
  // A symbol stands for Escape and Ctrl-C.
  const answer = (value: string | symbol | undefined): string | undefined => {
    if (typeof value === "symbol") {
      throw new VerbFailure(EXIT.failed, "nothing was written");
    }
    return value === "" ? undefined : value;
  };
  intro(`Profile ${name}`, { output });
  const endpoint = answer(
    await text({
      message: "Address of the service (empty: Amazon S3 Glacier)",
      placeholder: "http://127.0.0.1:9720",
      initialValue: given.endpoint ?? "",
      validate: (value = "") => (value === "" ? undefined : checkUrl(value)),
      output,
    }),
  );
  const region = answer(
    await text({ message: "Region", initialValue: given.region ?? "us-east-1", output }),
  );
  const accessKeyId = answer(
    await text({
      message: "Access key id (empty: leave as it is)",
      initialValue: given.accessKeyId ?? "",
      output,
    }),
  );
  const secretAccessKey =
    accessKeyId === undefined
      ? undefined
      : (answer(await password({ message: "Secret access key", output })) ?? given.secretAccessKey);
  return { endpoint, region, accessKeyId, secretAccessKey };
}

function checkUrl(text: string): string | undefined {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)
    ? undefined
    : "An http or https address, such as http://127.0.0.1:9720";
}
