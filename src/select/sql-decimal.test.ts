import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import {
  addDecimals,
  compareDecimals,
  divideDecimals,
  findDecimal,
  formatDecimal,
  multiplyDecimals,
  remainderOfDecimals,
  SqlDecimal,
  subtractDecimals,
} from "./sql-decimal.ts";

/** Decimals of up to `digits` digits, small and large, as they are read from text. */
function decimals(digits: number): fc.Arbitrary<SqlDecimal> {
  const units = fc.bigInt({ min: -(10n ** BigInt(digits)) + 1n, max: 10n ** BigInt(digits) - 1n });
  const short = fc.bigInt({ min: -1000n, max: 1000n });
  return fc
    .tuple(fc.oneof(units, short), fc.integer({ min: -12, max: 12 }))
    .map(([value, exponent]) => findDecimal(`${value}e${exponent}`) ?? new SqlDecimal(0, 0));
}

/** The value times 10^200, exactly. */
function scaled({ units, exponent }: SqlDecimal): bigint {
  return BigInt(units) * 10n ** BigInt(exponent + 200);
}

describe("SqlDecimal", () => {
  it("adds and subtracts exactly what 38 digits hold", () => {
    fc.assert(
      fc.property(decimals(12), decimals(12), (left, right) => {
        assert.equal(scaled(addDecimals(left, right)), scaled(left) + scaled(right));
        assert.equal(scaled(subtractDecimals(left, right)), scaled(left) - scaled(right));
      }),
    );
  });

  it("multiplies exactly what 38 digits hold", () => {
    fc.assert(
      fc.property(decimals(18), decimals(18), (left, right) => {
        const product = multiplyDecimals(left, right);
        assert.equal(scaled(product) * 10n ** 200n, scaled(left) * scaled(right));
      }),
    );
  });

  it("orders as the numbers do", () => {
    fc.assert(
      fc.property(decimals(38), decimals(38), (left, right) => {
        const difference = scaled(left) - scaled(right);
        const sign = difference < 0n ? -1 : Number(difference > 0n);
        assert.equal(Math.sign(compareDecimals(left, right)), sign);
      }),
    );
  });

  it("divides to within half a unit of the 38th digit", () => {
    fc.assert(
      fc.property(decimals(20), decimals(20), (left, right) => {
        fc.pre(right.units !== 0);
        const quotient = divideDecimals(left, right);
        assert.ok(String(quotient.units).replace("-", "").length <= 38);
        const error = scaled(quotient) * scaled(right) - scaled(left) * 10n ** 200n;
        const unit = 10n ** BigInt(quotient.exponent + 200) * scaled(right);
        const twice = 2n * (error < 0n ? -error : error);
        assert.ok(twice <= (unit < 0n ? -unit : unit));
      }),
    );
  });

  it("leaves a remainder with the dividend's sign that makes the division exact", () => {
    fc.assert(
      fc.property(decimals(15), decimals(15), (left, right) => {
        fc.pre(right.units !== 0);
        assert.equal(scaled(remainderOfDecimals(left, right)), scaled(left) % scaled(right));
      }),
    );
  });

  it("reads what it prints", () => {
    fc.assert(
      fc.property(decimals(20), (decimal) => {
        const text = formatDecimal(decimal);
        assert.match(text, /^-?\d+(?:\.\d+)?$/);
        assert.equal(compareDecimals(findDecimal(text) ?? new SqlDecimal(1, 99), decimal), 0);
      }),
    );
  });

  it("adds, compares and takes remainders of numbers that lie billions of digits apart", () => {
    const huge = findDecimal("1e2147483647") ?? assert.fail();
    const tiny = findDecimal("-1e-2147483647") ?? assert.fail();
    assert.ok(compareDecimals(huge, tiny) > 0);
    assert.equal(compareDecimals(addDecimals(huge, tiny), huge), 0);
    // 10^n modulo 7 repeats after 6: 2147483647 is 1 modulo 6.
    assert.deepEqual(remainderOfDecimals(huge, new SqlDecimal(7, 0)), new SqlDecimal(3, 0));
    assert.deepEqual(remainderOfDecimals(tiny, huge), tiny);
    assert.equal(findDecimal("1e2147483648"), undefined);
  });
});
