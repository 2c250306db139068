import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import { iamHandlers } from "../../src/operations/identity-handlers.ts";
import {
  type Answer,
  buildCall,
  type IdentityWorld,
  OTHER_ROOT,
  openIdentityWorld,
  POLICY,
  principalOf,
  ROOT,
  refused,
} from "../support/identity-world.ts";
import { ACCOUNT_ID, NOW_MS } from "../support/metadata-builders.ts";

let world: IdentityWorld;

beforeEach(async () => {
  world = await openIdentityWorld();
});

afterEach(() => world.close());

describe("CreateUser", () => {
  it("answers with the user, dated in whole seconds", async () => {
    const user = await world.createUser("bob", { Path: "/ops/" });
    assert.match(user.UserId, /^AIDA[A-Z0-9]{17}$/);
    assert.deepEqual(user, {
      Path: "/ops/",
      UserName: "bob",
      UserId: user.UserId,
      Arn: "arn:aws:iam::123456789012:user/ops/bob",
      CreateDate: NOW_MS - (NOW_MS % 1000),
    });
  });

  it("refuses a name that is taken in another letter case, per account", async () => {
    await world.createUser("bob");
    await assert.rejects(
      world.run("CreateUser", { UserName: "BOB" }),
      refused(409, "EntityAlreadyExists", "User with name BOB already exists."),
    );
    const there = await world.run("CreateUser", { UserName: "BOB" }, OTHER_ROOT);
    assert.equal(there.User.Arn, "arn:aws:iam::210987654321:user/BOB");
  });

  it("refuses a user more than 5000", async () => {
    const { identities } = world.metadata;
    const services = {
      ...world.services,
      metadata: {
        ...world.metadata,
        transaction: <T>(work: (session: never) => Promise<T>) =>
          work({
            identities: {
              ...identities,
              lockAccount: async () => {},
              countUsers: async () => 5000,
            },
          } as never),
      },
    } as unknown as typeof world.services;
    const input = {
      UserName: "bob",
      Path: undefined,
      PermissionsBoundary: undefined,
      Tags: undefined,
    };
    await assert.rejects(
      iamHandlers.CreateUser(input, buildCall(ROOT), services),
      refused(409, "LimitExceeded", "Cannot exceed quota for UsersPerAccount: 5000"),
    );
  });

  it("refuses parameters that it would have to ignore", async () => {
    for (const input of [{ Tags: [{ Key: "a", Value: "b" }] }, { PermissionsBoundary: "arn" }]) {
      await assert.rejects(
        world.run("CreateUser", { UserName: "bob", ...input }),
        refused(400, "InvalidInput", /is not supported by this service/),
      );
    }
    assert.equal((await world.createUser("bob", { Tags: [] })).UserName, "bob");
  });
});

describe("GetUser", () => {
  it("finds the user named, or the caller", async () => {
    const user = await world.createUser("bob");
    assert.deepEqual((await world.run("GetUser", { UserName: "bob" })).User, user);
    assert.deepEqual((await world.run("GetUser", {}, principalOf(user))).User, user);
  });

  it("describes the root without name and path", async () => {
    assert.deepEqual((await world.run("GetUser")).User, {
      Path: null,
      UserName: null,
      UserId: ACCOUNT_ID,
      Arn: "arn:aws:iam::123456789012:root",
      CreateDate: NOW_MS - (NOW_MS % 1000),
    });
  });

  it("finds no user of another account", async () => {
    await world.createUser("bob");
    await assert.rejects(
      world.run("GetUser", { UserName: "bob" }, OTHER_ROOT),
      refused(404, "NoSuchEntity", "The user with name bob cannot be found."),
    );
  });
});

describe("ListUsers", () => {
  it("pages through every user once, in order", async () => {
    const names = ["b", "a", "C", "d", "e"];
    for (const name of names) {
      await world.createUser(name);
    }
    const seen: string[] = [];
    let Marker: string | undefined;
    do {
      const page = await world.run("ListUsers", { MaxItems: 2, Marker });
      seen.push(...page.Users.map((user: Answer) => user.UserName));
      assert.equal(page.IsTruncated, page.Marker !== null);
      Marker = page.Marker ?? undefined;
    } while (Marker !== undefined);
    assert.deepEqual(seen, names.toSorted());
  });

  it("lists those below a path", async () => {
    await world.createUser("bob", { Path: "/ops/" });
    await world.createUser("eve");
    const { Users, IsTruncated } = await world.run("ListUsers", { PathPrefix: "/ops" });
    assert.deepEqual(
      { names: Users.map((user: Answer) => user.UserName), IsTruncated },
      { names: ["bob"], IsTruncated: false },
    );
  });

  it("refuses a marker of its own making", async () => {
    await assert.rejects(
      world.run("ListUsers", { Marker: "bob" }),
      refused(400, "ValidationError"),
    );
  });
});

describe("DeleteUser", () => {
  it("removes a user only after keys and policies", async () => {
    await world.createUser("bob");
    const key = await world.createKey({ UserName: "bob" });
    await world.run("PutUserPolicy", { UserName: "bob", PolicyName: "p", PolicyDocument: POLICY });
    await assert.rejects(
      world.run("DeleteUser", { UserName: "bob" }),
      refused(409, "DeleteConflict", "Cannot delete entity, must remove access keys first."),
    );
    await world.run("DeleteAccessKey", { UserName: "bob", AccessKeyId: key.AccessKeyId });
    await assert.rejects(
      world.run("DeleteUser", { UserName: "bob" }),
      refused(409, "DeleteConflict", "Cannot delete entity, must delete policies first."),
    );
    await world.run("DeleteUserPolicy", { UserName: "bob", PolicyName: "p" });
    assert.equal(await world.run("DeleteUser", { UserName: "bob" }), undefined);
    await assert.rejects(
      world.run("DeleteUser", { UserName: "bob" }),
      refused(404, "NoSuchEntity"),
    );
  });
});

describe("user policies", () => {
  beforeEach(() => world.createUser("bob"));
  const put = (PolicyName: string, PolicyDocument: string) =>
    world.run("PutUserPolicy", { UserName: "bob", PolicyName, PolicyDocument });
  const get = (PolicyName: string) => world.run("GetUserPolicy", { UserName: "bob", PolicyName });

  it("come back percent-encoded and letter for letter", async () => {
    const document = `${POLICY.replace("ListVaults", "*")}\n `;
    await put("p", document);
    const answer = await get("p");
    assert.match(answer.PolicyDocument, /^[A-Za-z0-9._~%-]+$/);
    assert.equal(decodeURIComponent(answer.PolicyDocument), document);
    assert.deepEqual([answer.UserName, answer.PolicyName], ["bob", "p"]);
  });

  it("are listed by name, page by page", async () => {
    for (const name of ["b", "a", "c"]) {
      await put(name, POLICY);
    }
    const first = await world.run("ListUserPolicies", { UserName: "bob", MaxItems: 2 });
    assert.deepEqual([first.PolicyNames, first.IsTruncated], [["a", "b"], true]);
    const rest = await world.run("ListUserPolicies", { UserName: "bob", Marker: first.Marker });
    assert.deepEqual(rest, { PolicyNames: ["c"], IsTruncated: false, Marker: null });
  });

  it("are refused when they are no identity policy", async () => {
    for (const document of ["{", "[]", "{}", POLICY.replace("Allow", "allow")]) {
      await assert.rejects(put("p", document), refused(400, "MalformedPolicyDocument"), document);
    }
    await assert.rejects(put("p", ""), refused(400, "ValidationError"));
  });

  it("hold 2048 characters together, white space not counted", async () => {
    const padded = (characters: number) => {
      const make = (sid: string) => POLICY.replace('{"Effect', `{"Sid":"${sid}","Effect`);
      return make("s".repeat(characters - make("").length));
    };
    await put("a", padded(1024));
    await put("b", `${padded(1024)}${" ".repeat(500)}`);
    await assert.rejects(
      put("b", padded(1025)),
      refused(409, "LimitExceeded", "Maximum policy size of 2048 bytes exceeded for user bob"),
    );
    await put("b", padded(1023));
    await assert.rejects(put("c", POLICY), refused(409, "LimitExceeded"));
  });

  it("are not found under another name or after their removal", async () => {
    await put("p", POLICY);
    await world.run("DeleteUserPolicy", { UserName: "bob", PolicyName: "p" });
    const notFound = refused(404, "NoSuchEntity", "The user policy with name p cannot be found.");
    await assert.rejects(get("p"), notFound);
    await assert.rejects(
      world.run("DeleteUserPolicy", { UserName: "bob", PolicyName: "p" }),
      notFound,
    );
    await assert.rejects(
      world.run("PutUserPolicy", { UserName: "eve", PolicyName: "p", PolicyDocument: POLICY }),
      refused(404, "NoSuchEntity", "The user with name eve cannot be found."),
    );
  });
});
