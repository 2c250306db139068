import assert from "node:assert/strict";
import { BlockList, isIPv6 } from "node:net";
import { describe, it } from "node:test";
import fc from "fast-check";
import { isPrivateHost, isPublicAddress } from "./public-address.ts";

describe("isPublicAddress", () => {
  it("knows addresses of the internet", () => {
    for (const address of [
      "1.1.1.1",
      "8.8.8.8",
      "172.15.255.255",
      "172.32.0.0",
      "100.128.0.1",
      "223.255.255.255",
      "2606:4700:4700::1111",
      "2001:4860:4860::8888",
      "2a00:1450:4001:81b::200e",
    ]) {
      assert.equal(isPublicAddress(address), true, address);
    }
  });

  it("refuses private, loopback, link-local, multicast, unspecified and mapped addresses", () => {
    for (const address of [
      "0.0.0.0",
      "10.0.0.1",
      "100.64.0.1",
      "127.0.0.1",
      "127.255.255.255",
      "169.254.169.254",
      "172.16.0.1",
      "172.31.255.255",
      "192.168.1.1",
      "198.18.0.1",
      "224.0.0.1",
      "239.255.255.255",
      "240.0.0.1",
      "255.255.255.255",
      "::",
      "::1",
      "fe80::1",
      "fc00::1",
      "fd12:3456::1",
      "ff02::1",
      "::ffff:8.8.8.8",
      "::ffff:7f00:1",
      "::7f00:1",
      "64:ff9b::a00:1",
      "2002:7f00:1::",
      "2001:0:7f00:1::",
      "2001:db8::1",
      "fe80::1%eth0",
      "example.com",
      "",
      "1.2.3",
      "1.2.3.256",
      "1::2::3",
    ]) {
      assert.equal(isPublicAddress(address), false, address);
    }
  });

  it("agrees with Node's block list on every IPv4 address", () => {
    const blocked = new BlockList();
    for (const [network, bits] of [
      ["0.0.0.0", 8],
      ["10.0.0.0", 8],
      ["100.64.0.0", 10],
      ["127.0.0.0", 8],
      ["169.254.0.0", 16],
      ["172.16.0.0", 12],
      ["192.0.0.0", 24],
      ["192.0.2.0", 24],
      ["192.88.99.0", 24],
      ["192.168.0.0", 16],
      ["198.18.0.0", 15],
      ["198.51.100.0", 24],
      ["203.0.113.0", 24],
      ["224.0.0.0", 4],
      ["240.0.0.0", 4],
    ] as const) {
      blocked.addSubnet(network, bits);
    }
    fc.assert(
      fc.property(fc.ipV4(), (address) => {
        assert.equal(isPublicAddress(address), !blocked.check(address));
      }),
      { numRuns: 2000 },
    );
  });

  it("takes no IPv6 address outside 2000::/3 for public", () => {
    fc.assert(
      fc.property(fc.ipV6(), (address) => {
        const bytes = new URL(`http://[${address}]/`).hostname;
        const first = Number.parseInt(bytes.slice(1).split(":")[0] || "0", 16);
        assert.ok(isIPv6(address));
        if (isPublicAddress(address)) {
          assert.ok(first >= 0x2000 && first <= 0x3fff, address);
        }
      }),
    );
  });
});

describe("isPrivateHost", () => {
  it("sees through every way to write an address in a URL", () => {
    for (const url of [
      "http://127.0.0.1/",
      "http://2130706433/",
      "http://0x7f.1/",
      "http://0177.0.0.1/",
      "http://[::ffff:127.0.0.1]/",
      "http://[::1]/",
      "http://localhost/",
      "http://LOCALHOST./",
      "http://a.localhost/",
      "http://10.1.2.3:8080/",
    ]) {
      assert.equal(isPrivateHost(new URL(url).hostname), true, url);
    }
  });

  it("leaves names and public addresses to the check at delivery", () => {
    for (const url of ["http://example.com/", "http://8.8.8.8/", "http://[2606:4700::1]/"]) {
      assert.equal(isPrivateHost(new URL(url).hostname), false, url);
    }
  });
});
