/** The data retrieval policy and provisioned capacity with boto3 and the AWS command line. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { Boto3Client } from "../support/boto3-caller.ts";
import { MIB } from "../support/payload.ts";
import { openServiceWorld, type ServiceWorld } from "../support/service-world.ts";

const ENFORCED =
  "400 PolicyEnforcedException: InitiateJob request denied by current data retrieval policy.";
const SCARCE = /^503 InsufficientCapacityException: /;

describe("retrieval limits", () => {
  let world: ServiceWorld;

  /** Each test has a region of its own: data retrieval policies are kept per region. */
  const inRegion = (region: string): Boto3Client =>
    world.boto3.client(() => ({
      ...{ endpoint: world.server().apiUrl, credentials: world.root.credentials },
      region,
    }));

  const aws = (command: string, ...args: readonly string[]) =>
    world.aws(world.root.credentials, command, "--account-id", "-", ...args);

  const setRule = (client: Boto3Client, Strategy: string, BytesPerHour?: number) =>
    client.outcome("set_data_retrieval_policy", {
      Policy: { Rules: [{ Strategy, ...(BytesPerHour === undefined ? {} : { BytesPerHour }) }] },
    });

  /** A vault with an archive of `sizeBytes`, from which jobs are started by their tier. */
  const makeArchive = async (client: Boto3Client, sizeBytes: number) => {
    const vault = { vaultName: "limits" };
    await client.result("create_vault", vault);
    const upload = { ...vault, body: sizeBytes };
    const { archiveId } = await client.result("upload_archive", upload);
    return {
      archiveId,
      retrieve: (Tier: string) =>
        client.outcome("initiate_job", {
          ...vault,
          jobParameters: { Type: "archive-retrieval", ArchiveId: archiveId, Tier },
        }),
      inventory: () =>
        client.outcome("initiate_job", {
          ...vault,
          jobParameters: { Type: "inventory-retrieval" },
        }),
      listJobs: async () => (await client.result("list_jobs", vault)).JobList,
    };
  };

  before(async () => {
    const flags = ["--expedited-capacity", "0", "--tier-delays", "Standard=4s,Bulk=4s"];
    world = await openServiceWorld({ flags });
  });
  after(async () => {
    await world?.close();
  });

  it("are set by the command line in either notation, and read back to the last digit", async () => {
    const get = async () => {
      const result = await aws("get-data-retrieval-policy");
      assert.equal(result.code, 0, result.stderr);
      return result.stdout.replaceAll(/\s/g, "");
    };
    const set = async (policy: string) => {
      const result = await aws("set-data-retrieval-policy", "--policy", policy);
      assert.deepEqual([result.code, result.stdout], [0, ""], result.stderr);
    };
    assert.equal(await get(), '{"Policy":{"Rules":[{"Strategy":"None"}]}}');
    await set("Rules=[{Strategy=BytesPerHour,BytesPerHour=9223372036854775807}]");
    const largest = '{"Strategy":"BytesPerHour","BytesPerHour":9223372036854775807}';
    assert.equal(await get(), `{"Policy":{"Rules":[${largest}]}}`);
    await set("Rules=[{Strategy=FreeTier}]");
    assert.equal(await get(), '{"Policy":{"Rules":[{"Strategy":"FreeTier"}]}}');
    const odd = '{"Strategy":"BytesPerHour","BytesPerHour":9007199254740993}';
    await set(`{"Rules":[${odd}]}`);
    assert.equal(await get(), `{"Policy":{"Rules":[${odd}]}}`);
    const beyond = "Rules=[{Strategy=BytesPerHour,BytesPerHour=9223372036854775808}]";
    const refused = await aws("set-data-retrieval-policy", "--policy", beyond);
    assert.equal(refused.code, 254);
    assert.match(refused.stderr, /\(InvalidParameterValueException\).*9223372036854775808/);
    assert.equal(await get(), `{"Policy":{"Rules":[${odd}]}}`, "the one before stays");
  });

  it("are refused when they have no or several rules, or one that makes no sense", async () => {
    const client = inRegion("eu-west-1");
    const rule = { Strategy: "BytesPerHour", BytesPerHour: 5 };
    const set = (Policy?: object) =>
      client.outcome("set_data_retrieval_policy", Policy === undefined ? {} : { Policy });
    for (const [policy, code] of [
      [undefined, "MissingParameterValueException"],
      [{}, "MissingParameterValueException"],
      [{ Rules: [] }, "InvalidParameterValueException"],
      [{ Rules: [rule, rule] }, "InvalidParameterValueException"],
      [{ Rules: [{}] }, "MissingParameterValueException"],
      [{ Rules: [{ Strategy: "BytesPerHour" }] }, "MissingParameterValueException"],
      [{ Rules: [{ ...rule, BytesPerHour: 0 }] }, "InvalidParameterValueException"],
      [{ Rules: [{ ...rule, BytesPerHour: -1 }] }, "InvalidParameterValueException"],
      [{ Rules: [{ ...rule, Strategy: "FreeTier" }] }, "InvalidParameterValueException"],
      [{ Rules: [{ ...rule, Strategy: "None" }] }, "InvalidParameterValueException"],
      [{ Rules: [{ ...rule, Strategy: "Some" }] }, "InvalidParameterValueException"],
    ] as const) {
      const outcome = await set(policy);
      assert.ok(outcome.startsWith(`400 ${code}: `), `${JSON.stringify(policy)}: ${outcome}`);
    }
    const { Policy } = await client.result("get_data_retrieval_policy");
    assert.deepEqual(Policy, { Rules: [{ Strategy: "None" }] });
  });

  it("by bytes per hour count Standard retrievals in progress, and no other job", async () => {
    const client = inRegion("eu-west-2");
    const archive = await makeArchive(client, 4000);
    assert.equal(await setRule(client, "BytesPerHour", 999), "204");
    assert.equal(await archive.retrieve("Standard"), ENFORCED);
    assert.deepEqual(await archive.listJobs(), []);
    assert.equal(await setRule(client, "BytesPerHour", 1999), "204");
    assert.equal(await archive.retrieve("Standard"), "202");
    assert.equal(await archive.retrieve("Standard"), ENFORCED);
    assert.equal(await archive.retrieve("Bulk"), "202");
    assert.equal(await archive.inventory(), "202");
    assert.match(await archive.retrieve("Expedited"), SCARCE, "refused for capacity alone");
    assert.equal((await archive.listJobs()).length, 3, "what was refused made no job");
    assert.equal(await setRule(client, "BytesPerHour", 2000), "204");
    assert.equal(await archive.retrieve("Standard"), "202");
    assert.equal(await setRule(client, "BytesPerHour", 1000), "204");
    assert.equal(await archive.retrieve("Standard"), ENFORCED);

    const deadline = Date.now() + 30_000;
    const isEnded = (job: { Completed: boolean }) => job.Completed;
    while (!(await archive.listJobs()).every(isEnded) && Date.now() < deadline) {
      await sleep(200);
    }
    const codes = (await archive.listJobs()).map((job: { StatusCode: string }) => job.StatusCode);
    assert.deepEqual(codes, Array(4).fill("Succeeded"), "a stricter policy ends no job");
    assert.equal(await archive.retrieve("Standard"), "202", "the rate is free again");
    const elsewhere = inRegion("eu-west-3");
    const { retrieve } = await makeArchive(elsewhere, 40_000);
    assert.equal(await retrieve("Standard"), "202", "another region has its own policy");
  });

  it("by the free tier count the Standard retrievals of the day", async () => {
    const client = inRegion("eu-north-1");
    const archive = await makeArchive(client, 64 * MIB);
    assert.equal(await archive.retrieve("Standard"), "202", "counts before the policy is set");
    assert.equal(await setRule(client, "FreeTier"), "204");
    for (let count = 2; count <= 5; count += 1) {
      assert.equal(await archive.retrieve("Standard"), "202", `${count * 64} MiB`);
    }
    assert.equal(await archive.retrieve("Standard"), ENFORCED, "384 MiB in any month");
    assert.equal(await archive.retrieve("Bulk"), "202");
    assert.equal(await archive.inventory(), "202");
    assert.equal((await archive.listJobs()).length, 7);
    assert.equal(await setRule(client, "None"), "204");
    assert.equal(await archive.retrieve("Standard"), "202");
  });

  it("of Expedited retrievals fall with the first of at most two purchased units", async () => {
    const client = inRegion("us-east-1");
    assert.equal(await setRule(client, "BytesPerHour", 1), "204");
    const archive = await makeArchive(client, 4000);
    assert.match(await archive.retrieve("Expedited"), SCARCE);
    assert.deepEqual(await archive.listJobs(), []);
    assert.deepEqual(await client.result("list_provisioned_capacity"), {
      ProvisionedCapacityList: [],
    });
    const printed = await aws("purchase-provisioned-capacity");
    assert.equal(printed.code, 0, printed.stderr);
    const { capacityId } = JSON.parse(printed.stdout);
    assert.match(capacityId, /^\w[\w-]{23}$/);
    assert.equal(await archive.retrieve("Expedited"), "202", "exempt from the policy");

    const second = await client.result("purchase_provisioned_capacity");
    assert.match(
      await client.outcome("purchase_provisioned_capacity"),
      /^400 LimitExceededException: /,
    );
    const third = await aws("purchase-provisioned-capacity");
    assert.equal(third.code, 254);
    assert.match(third.stderr, /\(LimitExceededException\)/);
    const listed = await aws("list-provisioned-capacity");
    const { ProvisionedCapacityList: units } = JSON.parse(listed.stdout);
    const ids = units.map((unit: { CapacityId: string }) => unit.CapacityId);
    assert.deepEqual(ids, [second.capacityId, capacityId]);
    for (const { StartDate, ExpirationDate } of units) {
      assert.match(StartDate, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
      assert.match(ExpirationDate, /:\d\d\.000Z$/);
      assert.ok(Math.abs(Date.parse(StartDate) - Date.now()) < 60_000, StartDate);
      const lapse = Math.abs(Date.parse(ExpirationDate) - nextMonth(StartDate));
      assert.ok(lapse <= 500, `${StartDate} to ${ExpirationDate}`);
    }
  });

  it("refuse Expedited jobs of the command line by the code that clients know", async () => {
    const other = await world.makeAccount("222233334444");
    const { archiveId, retrieve, listJobs } = await makeArchive(other, 10);
    assert.match(await retrieve("Expedited"), SCARCE, "the units of another account do not count");
    const parameters = { Type: "archive-retrieval", ArchiveId: archiveId, Tier: "Expedited" };
    const result = await world.aws(
      other.credentials,
      "initiate-job",
      ...["--account-id", "-", "--vault-name", "limits"],
      ...["--job-parameters", JSON.stringify(parameters)],
    );
    assert.deepEqual(await listJobs(), []);
    assert.equal(result.code, 254);
    assert.match(
      result.stderr,
      /An error occurred \(InsufficientCapacityException\) when calling the InitiateJob operation/,
    );
  });
});

/** The same time one month later, on that month's last day when it is shorter. */
function nextMonth(text: string): number {
  const date = new Date(text);
  const lastDay = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 2, 0));
  date.setUTCMonth(date.getUTCMonth() + 1, Math.min(date.getUTCDate(), lastDay.getUTCDate()));
  return date.getTime();
}
