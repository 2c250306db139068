import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseSections } from "./config-files.ts";
import { resolveEndpoint, resolveRegion } from "./resolve-endpoint.ts";

const sections = parseSections(
  `[p]
services = local
endpoint_url = http://profile
region = eu-west-1
[local]
glacier =
  endpoint_url = http://services
`,
  "/c",
);
const profile = sections.get("p");
const services = new Map([["local", sections.get("local") ?? new Map()]]);
const bothEnv = { AWS_ENDPOINT_URL_GLACIER: "http://glacier", AWS_ENDPOINT_URL: "http://all" };

function resolve(sources: Partial<Parameters<typeof resolveEndpoint>[0]>): string {
  const base = { flag: undefined, env: {}, profile: undefined, services, region: "us-west-2" };
  return resolveEndpoint({ ...base, ...sources }).origin;
}

describe("resolveEndpoint", () => {
  it("prefers flag, then the service's variable, the general one, the services section, the profile", () => {
    const general = { AWS_ENDPOINT_URL: "http://all" };
    const plain = new Map([["endpoint_url", "http://profile"]]);
    assert.equal(resolve({ flag: "http://flag", env: bothEnv, profile }), "http://flag");
    assert.equal(resolve({ env: bothEnv, profile }), "http://glacier");
    assert.equal(resolve({ env: general, profile }), "http://all");
    assert.equal(resolve({ profile }), "http://services");
    assert.equal(resolve({ profile: plain }), "http://profile");
    assert.equal(resolve({}), "https://glacier.us-west-2.amazonaws.com");
  });

  it("leaves configured endpoints alone when told so, but not the flag", () => {
    const env = { ...bothEnv, AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: "true" };
    assert.equal(resolve({ env, profile }), "https://glacier.us-west-2.amazonaws.com");
    assert.equal(resolve({ env, profile, flag: "http://flag" }), "http://flag");
  });

  it("knows the domains of the partitions", () => {
    assert.equal(resolve({ region: "cn-north-1" }), "https://glacier.cn-north-1.amazonaws.com.cn");
    assert.equal(
      resolve({ region: "us-gov-west-1" }),
      "https://glacier.us-gov-west-1.amazonaws.com",
    );
  });

  it("refuses what is no http or https URL", () => {
    for (const flag of ["localhost:9720", "ftp://x", "nothing", "http://"]) {
      assert.throws(() => resolve({ flag }), {
        name: "ClientConfigError",
        message: `Invalid endpoint: ${flag}`,
      });
    }
  });

  it("refuses a URL with a password without showing it", () => {
    assert.throws(
      () => resolve({ flag: "http://me:hunter2@host/" }),
      (error: Error) =>
        !error.message.includes("hunter2") && /must have no user/.test(error.message),
    );
  });

  it("names a services section that is not there", () => {
    assert.throws(() => resolve({ profile, services: new Map() }), /the "local" services/);
  });
});

describe("resolveRegion", () => {
  it("prefers flag, then AWS_REGION, AWS_DEFAULT_REGION, profile", () => {
    const env = { AWS_REGION: "r-1", AWS_DEFAULT_REGION: "r-2" };
    assert.equal(resolveRegion({ flag: "r-0", env, profile }), "r-0");
    assert.equal(resolveRegion({ flag: undefined, env, profile }), "r-1");
    const fallback = { AWS_REGION: "", AWS_DEFAULT_REGION: "r-2" };
    assert.equal(resolveRegion({ flag: undefined, env: fallback, profile }), "r-2");
    assert.equal(resolveRegion({ flag: undefined, env: {}, profile }), "eu-west-1");
  });

  it("says how to name a region when there is none", () => {
    assert.throws(() => resolveRegion({ flag: undefined, env: {}, profile: undefined }), {
      message:
        'You must specify a region. You can also configure your region by running "aws configure".',
    });
  });

  it("refuses what can't be a part of a host name", () => {
    for (const flag of ["a.b", "x/y", "-a", "12", "a b"]) {
      assert.throws(
        () => resolveRegion({ flag, env: {}, profile }),
        /doesn't match a supported format/,
      );
    }
  });
});
