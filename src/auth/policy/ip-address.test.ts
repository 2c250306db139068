import assert from "node:assert/strict";
import { BlockList, isIP } from "node:net";
import { describe, it } from "node:test";
import fc from "fast-check";
import { findIpAddress, findIpRange, isInRange } from "./ip-address.ts";

describe("isInRange", () => {
  const cases: [range: string, address: string, expected: boolean][] = [
    ["192.0.2.0/24", "192.0.2.255", true],
    ["192.0.2.0/24", "192.0.3.0", false],
    ["192.0.2.77/24", "192.0.2.1", true],
    ["192.0.2.1", "192.0.2.1", true],
    ["192.0.2.1", "192.0.2.2", false],
    ["0.0.0.0/0", "203.0.113.9", true],
    ["0.0.0.0/0", "2001:db8::1", false],
    ["::/0", "203.0.113.9", false],
    ["2001:db8::/32", "2001:db8:ffff::1", true],
    ["2001:db8::/32", "2001:db9::1", false],
    ["192.0.2.0/24", "::ffff:192.0.2.7", true],
    ["::ffff:192.0.2.0/120", "192.0.2.7", true],
    ["::1", "0:0:0:0:0:0:0:1", true],
    ["fe80::/10", "fe80::1%eth0", true],
    ["64:ff9b::192.0.2.1", "64:ff9b::c000:201", true],
  ];
  for (const [range, address, expected] of cases) {
    it(`says ${expected} for ${address} in ${range}`, () => {
      const [foundAddress, foundRange] = [findIpAddress(address), findIpRange(range)];
      assert.ok(foundAddress !== undefined && foundRange !== undefined);
      assert.equal(isInRange(foundAddress, foundRange), expected);
    });
  }

  it("agrees with the runtime's own list of ranges", () => {
    const octets = fc.array(fc.nat(255), { minLength: 4, maxLength: 4 });
    fc.assert(
      fc.property(octets, octets, fc.nat(32), (left, right, prefix) => {
        const list = new BlockList();
        list.addSubnet(left.join("."), prefix);
        const [address, range] = [
          findIpAddress(right.join(".")),
          findIpRange(`${left.join(".")}/${prefix}`),
        ];
        assert.equal(address && range && isInRange(address, range), list.check(right.join(".")));
      }),
    );
  });
});

describe("findIpAddress", () => {
  it("reads exactly the texts that the runtime takes for addresses", () => {
    const unit = fc.constantFrom(
      "0",
      "1",
      "ff",
      "255",
      "256",
      ":",
      "::",
      ".",
      "1.2.3.4",
      "g",
      "01",
    );
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 10 }), (text) => {
        assert.equal(findIpAddress(text) !== undefined, isIP(text) !== 0, text);
      }),
      { numRuns: 5000 },
    );
  });
});

describe("findIpRange", () => {
  const illegal = ["", "10.0.0.0/33", "::/129", "10.0.0.0/", "10.0.0.0/-1", "10.0.0/8", "a/8", "*"];
  for (const text of [...illegal, "::ffff:10.0.0.0/95", "10.0.0.0/8/8", "fe80::1%eth0"]) {
    it(`finds no range in "${text}"`, () => {
      assert.equal(findIpRange(text), undefined);
    });
  }
});
