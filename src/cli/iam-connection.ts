/** How `user` and `key` reach the identity service, and how they fail. */
import type { Command } from "commander";
import { ClientConfigError } from "../client/errors.ts";
import {
  callQuery,
  type QueryOutput,
  QueryRefusal,
  QueryUnreachable,
} from "../client/query-client.ts";
import { resolveClientOptions } from "../client/resolve-client.ts";
import { iam } from "../protocol/query/iam.ts";
import { EXIT } from "./exit-codes.ts";
import { VerbFailure } from "./session/verb-failure.ts";

/** The parts of the surroundings that a test stands in for. */
export interface IamSurroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly fetch: typeof globalThis.fetch;
  readonly nowMs: () => number;
  /** Whole text of standard input. */
  readonly readStdin: () => Promise<string>;
}

/** Flags that every call has. */
export interface IamFlags {
  readonly endpointUrl?: string;
  readonly region?: string;
  readonly profile?: string;
}

export function addIamFlags(command: Command): Command {
  return command
    .option(
      "--endpoint-url <url>",
      "The API listener; AWS_ENDPOINT_URL_IAM or AWS_ENDPOINT_URL unless given.",
    )
    .option("--region <region>", "Region to sign for; us-east-1 unless something names one.")
    .option("--profile <name>", "Profile of the AWS configuration files.");
}

/** Calls an action of `iam`. Throws `VerbFailure`. */
export async function callIam(
  action: keyof typeof iam.actions,
  input: Readonly<Record<string, string | undefined>>,
  { flags, surroundings }: { readonly flags: IamFlags; readonly surroundings: IamSurroundings },
): Promise<QueryOutput> {
  try {
    const options = await resolveOptions(flags, surroundings);
    return await callQuery(iam, action, input, options);
  } catch (error) {
    throw describeRefusal(error);
  }
}

/** All pages of a list, its items under `member`. Throws `VerbFailure`. */
export async function listIam(
  action: "ListUsers" | "ListAccessKeys" | "ListUserPolicies",
  member: string,
  input: Readonly<Record<string, string | undefined>>,
  context: { readonly flags: IamFlags; readonly surroundings: IamSurroundings },
): Promise<QueryOutput> {
  const items: unknown[] = [];
  let marker: string | undefined;
  do {
    const page = await callIam(action, { ...input, Marker: marker }, context);
    const found = page[member];
    items.push(...(Array.isArray(found) ? found : []));
    marker = page["IsTruncated"] === true ? String(page["Marker"]) : undefined;
  } while (marker !== undefined);
  return { [member]: items };
}

/** Nothing is ever sent to AWS itself: users are those of a service that somebody named. */
async function resolveOptions(flags: IamFlags, { env, fetch, nowMs }: IamSurroundings) {
  const endpointUrl =
    flags.endpointUrl || env["AWS_ENDPOINT_URL_IAM"] || env["AWS_ENDPOINT_URL"] || undefined;
  if (endpointUrl === undefined) {
    throw new VerbFailure(
      EXIT.noCredentials,
      "no endpoint: give --endpoint-url, or set AWS_ENDPOINT_URL_IAM or AWS_ENDPOINT_URL to the API" +
        " listener of the service, such as http://127.0.0.1:9720",
    );
  }
  const resolved = await resolveClientOptions(
    { endpointUrl, region: flags.region, profile: flags.profile },
    // The region only has to be the one that is signed for.
    { env: { AWS_DEFAULT_REGION: "us-east-1", ...env } },
  );
  return { ...resolved, fetch, nowMs };
}

function describeRefusal(error: unknown): unknown {
  if (error instanceof QueryRefusal) {
    const exitCode = error.status < 500 ? EXIT.failed : EXIT.unreachable;
    return new VerbFailure(exitCode, `${error.code}: ${error.message}`, { cause: error });
  }
  if (error instanceof QueryUnreachable) {
    const hint = "is the service running, and is the endpoint its API listener?";
    return new VerbFailure(EXIT.unreachable, `${error.message}; ${hint}`, { cause: error });
  }
  if (error instanceof ClientConfigError) {
    return new VerbFailure(EXIT.noCredentials, error.message, { cause: error });
  }
  return error;
}
