import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import { NOW_MS, REGION } from "../support/metadata-builders.ts";
import {
  DAILY,
  type OperationWorld,
  openOperationWorld,
  refusal,
  VAULT_ARN,
  VAULT_NAME,
  VAULT_PATH,
  vaultArn,
} from "../support/operation-world.ts";
import { makePayload } from "../support/payload.ts";

let world: OperationWorld;
beforeEach(async () => {
  world = await openOperationWorld();
});
afterEach(() => world.close());

async function switchTo(inventory: typeof DAILY): Promise<void> {
  await world.close();
  world = await openOperationWorld({ inventory });
}

/** Takes the inventory that is due, as maintenance would. */
async function takeInventory(): Promise<void> {
  const vault = await world.getVault();
  const { changeSequence, archiveCount, archiveBytes } = vault;
  const takenAtMs = world.time.nowMs;
  const snapshot = { takenAtMs, changeSequence, archiveCount, archiveBytes };
  await world.metadata.vaults.setInventory(vault.vaultId, snapshot, undefined);
}

describe("CreateVault", () => {
  it("answers with the path of the vault", async () => {
    const output = await world.perform.CreateVault({ vaultName: "other" });
    assert.deepEqual(output, { location: VAULT_PATH.replace(VAULT_NAME, "other") });
  });

  it("leaves a vault that exists as it was and gives the same answer", async () => {
    await world.perform.AddTagsToVault({ Tags: new Map([["k", "v"]]) });
    const before = await world.getVault();
    world.time.nowMs += 1000;
    assert.deepEqual(await world.perform.CreateVault(), { location: VAULT_PATH });
    assert.deepEqual(await world.getVault(), before);
  });

  it("refuses an illegal name, naming it", async () => {
    await assert.rejects(
      world.perform.CreateVault({ vaultName: "a b" }),
      refusal("InvalidParameterValueException", "Invalid vault name: a b"),
    );
  });

  it("allows 1000 vaults in a region and refuses the next new one, not an old one", async () => {
    for (let index = 1; index < 1000; index += 1) {
      await world.perform.CreateVault({ vaultName: `vault${index}` });
    }
    await assert.rejects(
      world.perform.CreateVault({ vaultName: "one-too-many" }),
      refusal("LimitExceededException"),
    );
    await world.perform.CreateVault({ vaultName: "vault7" });
    await world.perform.CreateVault({ vaultName: "one-too-many" }, { region: "eu-west-1" });
    await world.perform.DeleteVault({ vaultName: "vault7" });
    await world.perform.CreateVault({ vaultName: "one-too-many" });
  });

  it("keeps vaults of one name apart by region and account", async () => {
    await world.perform.CreateVault({}, { region: "eu-west-1" });
    const other = { accountId: "999900001111" };
    assert.deepEqual(await world.perform.CreateVault({}, other), {
      location: `/999900001111/vaults/${VAULT_NAME}`,
    });
    const described = await world.perform.DescribeVault({}, other);
    assert.equal(described.VaultARN, `arn:aws:glacier:${REGION}:999900001111:vaults/${VAULT_NAME}`);
  });
});

describe("DescribeVault", () => {
  const fresh = {
    CreationDate: NOW_MS,
    LastInventoryDate: null,
    NumberOfArchives: 0,
    SizeInBytes: 0n,
    VaultARN: VAULT_ARN,
    VaultName: VAULT_NAME,
  };

  it("shows zeros and no inventory date for a new vault, in both inventory modes", async () => {
    assert.deepEqual(await world.perform.DescribeVault(), fresh);
    await switchTo(DAILY);
    assert.deepEqual(await world.perform.DescribeVault(), fresh);
  });

  it("counts live, as plain sums, in live mode", async () => {
    const archiveId = await world.uploadArchive(makePayload(1000, 1));
    await world.uploadArchive(makePayload(24, 2));
    const two = await world.perform.DescribeVault();
    assert.deepEqual([two.NumberOfArchives, two.SizeInBytes], [2, 1024n]);
    await world.perform.DeleteArchive({ archiveId });
    const one = await world.perform.DescribeVault();
    assert.deepEqual([one.NumberOfArchives, one.SizeInBytes], [1, 24n]);
  });

  it("counts as of the last inventory, with 32 KiB for each archive, in periodic mode", async () => {
    await switchTo(DAILY);
    await world.uploadArchive(makePayload(3_145_728, 1));
    assert.deepEqual(await world.perform.DescribeVault(), fresh);
    world.time.nowMs += 5000;
    await takeInventory();
    await world.uploadArchive(makePayload(1, 2));
    assert.deepEqual(await world.perform.DescribeVault(), {
      ...fresh,
      LastInventoryDate: NOW_MS + 5000,
      NumberOfArchives: 1,
      SizeInBytes: 3_178_496n,
    });
  });
});

describe("DeleteVault", () => {
  const notEmpty = refusal(
    "InvalidParameterValueException",
    `Vault not empty or recently written to: ${VAULT_ARN}`,
  );

  it("deletes a vault that was never written to, in both inventory modes", async () => {
    assert.deepEqual(await world.perform.DeleteVault(), {});
    await switchTo(DAILY);
    assert.deepEqual(await world.perform.DeleteVault(), {});
    await assert.rejects(world.getVault());
  });

  it("refuses a vault with archives and takes an emptied one at once in live mode", async () => {
    const archiveId = await world.uploadArchive(makePayload(10, 1));
    await assert.rejects(world.perform.DeleteVault(), notEmpty);
    await world.perform.DeleteArchive({ archiveId });
    await world.perform.DeleteVault();
  });

  it("refuses a written vault until an inventory without archives has seen it in periodic mode", async () => {
    await switchTo(DAILY);
    const archiveId = await world.uploadArchive(makePayload(10, 1));
    await assert.rejects(world.perform.DeleteVault(), notEmpty);
    await takeInventory();
    await assert.rejects(world.perform.DeleteVault(), notEmpty);
    await world.perform.DeleteArchive({ archiveId });
    await assert.rejects(world.perform.DeleteVault(), notEmpty);
    await takeInventory();
    await world.perform.DeleteVault();
  });

  it("takes uploads, jobs and tags with it, so that a new vault of the name has none", async () => {
    await world.perform.AddTagsToVault({ Tags: new Map([["k", "v"]]) });
    const upload = await world.perform.InitiateMultipartUpload({ partSize: "1048576" });
    const jobId = await world.initiateJob({ Type: "inventory-retrieval" });
    await world.perform.DeleteVault();
    await world.perform.CreateVault();
    assert.deepEqual(await world.perform.ListTagsForVault(), { Tags: new Map() });
    assert.deepEqual(await world.perform.ListMultipartUploads(), {
      Marker: null,
      UploadsList: [],
    });
    assert.deepEqual(await world.perform.ListJobs(), { JobList: [], Marker: null });
    await assert.rejects(
      world.perform.DescribeJob({ jobId }),
      refusal("ResourceNotFoundException", `The job ID was not found: ${jobId}`),
    );
    await assert.rejects(
      world.perform.ListParts({ uploadId: upload.uploadId! }),
      refusal("ResourceNotFoundException"),
    );
  });

  it("succeeds again for a vault deleted before and finds none that never was", async () => {
    await world.perform.DeleteVault();
    assert.deepEqual(await world.perform.DeleteVault(), {});
    for (const caller of [{ region: "eu-west-1" }, { accountId: "999900001111" }]) {
      await assert.rejects(
        world.perform.DeleteVault({}, caller),
        refusal("ResourceNotFoundException", /^Vault not found for ARN: arn:aws:glacier:/),
      );
    }
    await assert.rejects(
      world.perform.DeleteVault({ vaultName: "never" }),
      refusal("ResourceNotFoundException", `Vault not found for ARN: ${vaultArn("never")}`),
    );
  });

  it("finds no vault of an illegal name, which it gives as it is", async () => {
    await assert.rejects(
      world.perform.DeleteVault({ vaultName: "a b" }),
      refusal("ResourceNotFoundException", "Vault not found for ARN: a b"),
    );
  });

  it("lets an upload that was under way find the vault gone, and keeps nothing of it", async () => {
    const payload = makePayload(10, 1);
    const body = {
      sizeBytes: 10,
      sha256: payload.sha256,
      bytes: (async function* () {
        await world.perform.DeleteVault();
        yield payload.bytes;
      })(),
    };
    await assert.rejects(
      world.perform.UploadArchive({ checksum: payload.treeHash, body }),
      refusal("ResourceNotFoundException", `Vault not found for ARN: ${VAULT_ARN}`),
    );
    assert.equal(world.blobs.contents.blobs.size, 0);
  });
});

describe("ListVaults", () => {
  it("answers with an empty list for an account without vaults", async () => {
    assert.deepEqual(await world.perform.ListVaults({}, { accountId: "999900001111" }), {
      Marker: null,
      VaultList: [],
    });
  });

  it("describes each vault of this account and region as DescribeVault does", async () => {
    await world.perform.CreateVault({ vaultName: "elsewhere" }, { region: "eu-west-1" });
    await world.perform.CreateVault({ vaultName: "foreign" }, { accountId: "999900001111" });
    assert.deepEqual(await world.perform.ListVaults(), {
      Marker: null,
      VaultList: [await world.perform.DescribeVault()],
    });
  });

  it("walks by name in ASCII order, ten to a page at most, markers being ARNs of the next", async () => {
    const names = ["-a", ".b", "0", "B", "_", "a", "b", "c", "d", "e", "f", VAULT_NAME];
    for (const vaultName of names) {
      await world.perform.CreateVault({ vaultName });
    }
    for (const limit of [undefined, "10", "1000"]) {
      const page = await world.perform.ListVaults({ limit });
      assert.deepEqual(
        page.VaultList?.map((vault) => vault?.VaultName),
        names.slice(0, 10),
      );
      assert.equal(page.Marker, vaultArn("f"));
      const rest = await world.perform.ListVaults({ limit, marker: page.Marker! });
      assert.deepEqual(
        rest.VaultList?.map((vault) => vault?.VaultName),
        names.slice(10),
      );
      assert.equal(rest.Marker, null);
    }
  });

  it("ends with a full page without a marker when nothing is left", async () => {
    await world.perform.CreateVault({ vaultName: "a" });
    const page = await world.perform.ListVaults({ limit: "2" });
    assert.equal(page.VaultList?.length, 2);
    assert.equal(page.Marker, null);
  });

  it("goes on at the next name when the marker's vault was deleted", async () => {
    for (const vaultName of ["a", "b", "c"]) {
      await world.perform.CreateVault({ vaultName });
    }
    const page = await world.perform.ListVaults({ limit: "1" });
    assert.equal(page.Marker, vaultArn("b"));
    await world.perform.DeleteVault({ vaultName: "b" });
    const next = await world.perform.ListVaults({ limit: "1", marker: page.Marker! });
    assert.equal(next.VaultList?.[0]?.VaultName, "c");
  });

  it("starts at the first vault when the marker is empty", async () => {
    const page = await world.perform.ListVaults({ marker: "" });
    assert.equal(page.VaultList?.length, 1);
  });

  it("refuses markers that are no vault ARN of this account and region, and bad limits", async () => {
    const markers = [
      "null",
      VAULT_NAME,
      VAULT_ARN.replace(REGION, "eu-west-1"),
      VAULT_ARN.replace("123456789012", "999900001111"),
      vaultArn(""),
      vaultArn("a b"),
    ];
    for (const marker of markers) {
      await assert.rejects(
        world.perform.ListVaults({ marker }),
        refusal("InvalidParameterValueException", `Invalid marker: ${marker}`),
      );
    }
    for (const limit of ["0", "-1", "1.5", "", "all"]) {
      await assert.rejects(
        world.perform.ListVaults({ limit }),
        refusal("InvalidParameterValueException", /^Invalid limit: /),
      );
    }
  });
});
