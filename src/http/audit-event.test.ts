import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { AccountId } from "../domain/ids.ts";
import { operationNames, operations } from "../protocol/operations.ts";
import { type AuditFacts, buildAuditEvent, isReadOnly } from "./audit-event.ts";
import { listParameters } from "./audit-trail.ts";
import { HIDDEN, toAuditJson } from "./audit-values.ts";

const ACCOUNT_ID = "999999999999" as AccountId;
const NOW_MS = Date.UTC(2014, 11, 10, 19, 5, 15, 999);

const USER = {
  accountId: ACCOUNT_ID,
  arn: `arn:aws:iam::${ACCOUNT_ID}:user/myUserName`,
  isRoot: false,
  userId: "A1B2C3D4E5F6G7EXAMPLE",
  userName: "myUserName",
};

function makeFacts(given: Partial<AuditFacts> = {}): AuditFacts {
  return {
    requestId: "HJiLgvfXCY88QJAC6rRoexS9ThvI21Q1Nqukfly02hcUPPo",
    eventId: "52f8c821-002e-4549-857f-8193a15246fa",
    nowMs: NOW_MS,
    method: "PUT",
    path: "/-/vaults/myVaultName",
    service: "glacier",
    operation: "CreateVault",
    principal: USER,
    accessKeyId: "AKIAIOSFODNN7EXAMPLE",
    region: "us-east-1",
    sourceIp: "127.0.0.1",
    userAgent: "aws-sdk-java/1.9.6",
    parameters: { accountId: "-", vaultName: "myVaultName" },
    output: { location: "/999999999999/vaults/myVaultName" },
    error: undefined,
    status: 201,
    bytesIn: 0,
    bytesOut: 0,
    ...given,
  };
}

describe("buildAuditEvent", () => {
  it("gives the members and values of the guide's example of CreateVault", () => {
    const example = {
      awsRegion: "us-east-1",
      eventID: "52f8c821-002e-4549-857f-8193a15246fa",
      eventName: "CreateVault",
      eventSource: "glacier.amazonaws.com",
      eventTime: "2014-12-10T19:05:15Z",
      eventType: "AwsApiCall",
      recipientAccountId: ACCOUNT_ID,
      requestID: "HJiLgvfXCY88QJAC6rRoexS9ThvI21Q1Nqukfly02hcUPPo",
      requestParameters: { accountId: "-", vaultName: "myVaultName" },
      responseElements: { location: "/999999999999/vaults/myVaultName" },
      sourceIPAddress: "127.0.0.1",
      userAgent: "aws-sdk-java/1.9.6",
      userIdentity: {
        accessKeyId: "AKIAIOSFODNN7EXAMPLE",
        accountId: ACCOUNT_ID,
        arn: `arn:aws:iam::${ACCOUNT_ID}:user/myUserName`,
        principalId: "A1B2C3D4E5F6G7EXAMPLE",
        type: "IAMUser",
        userName: "myUserName",
      },
    };
    const event: Record<string, unknown> = { ...buildAuditEvent(makeFacts()) };
    assert.partialDeepStrictEqual(event, example);
    assert.equal(event["readOnly"], false);
    assert.deepEqual(event["resources"], [
      {
        ARN: "arn:aws:glacier:us-east-1:999999999999:vaults/myVaultName",
        accountId: ACCOUNT_ID,
        type: "AWS::Glacier::Vault",
      },
    ]);
    assert.deepEqual(event["additionalEventData"], {
      httpStatus: 201,
      bytesTransferredIn: 0,
      bytesTransferredOut: 0,
    });
  });

  it("tells of a root without a user name, and of a caller nobody knows only the key it claims", () => {
    const { userName: _, ...root } = { ...USER, isRoot: true };
    assert.equal(buildAuditEvent(makeFacts({ principal: root })).userIdentity.type, "Root");
    const unknown = buildAuditEvent(makeFacts({ principal: undefined }));
    assert.deepEqual(unknown.userIdentity, {
      type: "Unknown",
      accessKeyId: "AKIAIOSFODNN7EXAMPLE",
    });
    assert.equal(unknown.recipientAccountId, undefined);
    assert.equal(unknown.resources, undefined);
  });

  it("names the owner of the vault as the recipient of a call from another account", () => {
    const parameters = { accountId: "111122223333", vaultName: "v" };
    const event = buildAuditEvent(makeFacts({ parameters }));
    assert.equal(event.recipientAccountId, "111122223333");
    assert.equal(event.resources?.[0]?.accountId, "111122223333");
  });

  it("tells method and path, without the query, of a request that names no operation", () => {
    const event = buildAuditEvent(
      makeFacts({ operation: undefined, method: "PATCH", path: "/-/x", status: 400 }),
    );
    assert.equal(event.eventName, "UnknownOperation");
    assert.equal(event.readOnly, false);
    assert.equal(event.additionalEventData["method"], "PATCH");
    assert.equal(event.additionalEventData["path"], "/-/x");
  });

  it("leaves the result of a read out", () => {
    const facts = makeFacts({
      operation: "DescribeVault",
      method: "GET",
      output: { SizeInBytes: 1 },
    });
    assert.equal(buildAuditEvent(facts).responseElements, null);
  });

  it("hides the secret of a new access key and keeps its id", () => {
    const AccessKey = {
      UserName: "u",
      AccessKeyId: "MORAX",
      SecretAccessKey: "s3cr3t",
      Status: "Active",
    };
    const event = buildAuditEvent(
      makeFacts({
        service: "iam",
        operation: "CreateAccessKey",
        method: "POST",
        output: { AccessKey },
      }),
    );
    assert.deepEqual(event.responseElements, {
      accessKey: { userName: "u", accessKeyId: "MORAX", secretAccessKey: HIDDEN, status: "Active" },
    });
  });
});

describe("isReadOnly", () => {
  it("calls exactly the GETs of the operation table reads", () => {
    for (const operation of operationNames) {
      const { method } = operations[operation];
      assert.equal(
        isReadOnly({ service: "glacier", operation, method }),
        method === "GET",
        operation,
      );
    }
  });

  it("tells reads of the other services by their names, whatever their method", () => {
    const isRead = (operation: string) => isReadOnly({ service: "sqs", operation, method: "POST" });
    for (const name of ["GetUser", "ListUsers", "ReceiveMessage", "GetCallerIdentity"]) {
      assert.equal(isRead(name), true, name);
    }
    for (const name of ["CreateUser", "DeleteMessage", "Publish", "SetQueueAttributes"]) {
      assert.equal(isRead(name), false, name);
    }
    const link = { service: "sns", operation: "ConfirmSubscription", method: "GET" };
    assert.equal(isReadOnly(link), false);
  });
});

describe("listParameters", () => {
  const read = (operation: (typeof operationNames)[number], input?: object) =>
    listParameters(
      { operation, parameters: { accountId: "-", vaultName: "v", uploadId: "u" } },
      {
        headers: new Map([
          ["x-amz-archive-description", "letters"],
          ["x-amz-sha256-tree-hash", "ab"],
          ["range", "bytes 0-1/*"],
          ["authorization", "secret"],
          ["cookie", "secret"],
        ]),
        target: {
          path: "",
          query: "",
          segments: [],
          parameters: new Map([
            ["limit", "5"],
            ["X-Amz-Signature", "secret"],
          ]),
        },
      },
      input,
    );

  it("reads path, query and headers by the operation's shape before anything was decoded", () => {
    assert.deepEqual(toAuditJson(read("UploadArchive")), {
      accountId: "-",
      vaultName: "v",
      archiveDescription: "letters",
      checksum: "ab",
    });
    assert.deepEqual(toAuditJson(read("ListJobs")), { accountId: "-", vaultName: "v", limit: "5" });
  });

  it("shows the members of a JSON body once they are decoded", () => {
    const input = { policy: { Policy: '{"Version":"2012-10-17"}' } };
    assert.deepEqual(toAuditJson(read("SetVaultAccessPolicy", input)), {
      accountId: "-",
      vaultName: "v",
      policy: { policy: '{"Version":"2012-10-17"}' },
    });
  });

  it("never shows a header or a query parameter that no shape names, for any operation", () => {
    const secret = fc.string({ minLength: 12, maxLength: 40, unit: "grapheme-ascii" });
    const name = fc.constantFrom("authorization", "cookie", "x-amz-security-token", "x-api-key");
    fc.assert(
      fc.property(secret, name, fc.constantFrom(...operationNames), (text, header, operation) => {
        const marked = `S3CRET${text}`;
        const shown = listParameters(
          { operation, parameters: { accountId: "-", vaultName: "v" } },
          {
            headers: new Map([[header, marked]]),
            target: {
              path: "",
              query: "",
              segments: [],
              parameters: new Map([
                ["X-Amz-Signature", marked],
                ["X-Amz-Security-Token", marked],
              ]),
            },
          },
          undefined,
        );
        const event = buildAuditEvent(makeFacts({ operation, parameters: shown }));
        assert.equal(JSON.stringify(event).includes("S3CRET"), false);
      }),
    );
  });
});

describe("toAuditJson", () => {
  it("hides secrets by their name at any depth, and keeps what only resembles them", () => {
    const value = {
      a: [{ SecretAccessKey: "x" }],
      Token: "x",
      Message: "x",
      MessageBody: "x",
      Password: "x",
      NextToken: "n",
      ReceiptHandle: "r",
      Attributes: new Map([["x-secret", "x"]]),
    };
    assert.deepEqual(toAuditJson(value), {
      a: [{ secretAccessKey: HIDDEN }],
      token: HIDDEN,
      message: HIDDEN,
      messageBody: HIDDEN,
      password: HIDDEN,
      nextToken: "n",
      receiptHandle: "r",
      attributes: { "x-secret": HIDDEN },
    });
  });

  it("hides credentials within URLs and query strings", () => {
    const value = { endpoint: "https://user:pw@host/p?Token=abc&x=1" };
    assert.deepEqual(toAuditJson(value), {
      endpoint: `https://${HIDDEN}@host/p?Token=${HIDDEN}&x=1`,
    });
  });

  it("cuts long texts and lists and says how much is missing", () => {
    const shown = toAuditJson({ text: "x".repeat(3000), list: Array(150).fill("y") }) as {
      text: string;
      list: string[];
    };
    assert.equal(shown.text, `${"x".repeat(2048)}… (952 more)`);
    assert.equal(shown.list.length, 101);
    assert.equal(shown.list.at(-1), "… (50 more)");
  });

  it("shows the largest policy of a vault whole", () => {
    const policy = "p".repeat(20 * 1024);
    assert.deepEqual(toAuditJson({ policy: { Policy: policy } }), { policy: { policy } });
  });
});
