import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { LEAF_BYTES } from "../../domain/limits.ts";
import type { BlobPlace } from "../../ports/blob-place.ts";
import type { SelectPart, SelectTask } from "../../ports/select-runner.ts";
import { concatBytes, utf8Bytes, utf8Text } from "../../std/bytes.ts";
import { sha256 } from "../../std/hasher-node.ts";
import { createSelectWorker } from "./select-worker.ts";

const task: SelectTask = {
  parameters: {
    expression: "SELECT _1 FROM archive WHERE _2 = 'x'",
    expressionType: "SQL",
    inputSerialization: undefined,
    outputSerialization: undefined,
  },
  nowMs: 0,
};
const open = new AbortController().signal;

/** A leaf and a half, with few records of which every other one is put out. */
const BYTES = utf8Bytes(
  Array.from({ length: 150 }, (_, row) => `${row},${"xy"[row % 2]},${"-".repeat(10_000)}\n`).join(
    "",
  ),
);
const EXPECTED = Array.from({ length: 75 }, (_, row) => `${2 * row}\n`).join("");
const LEAVES = concatBytes(
  [BYTES.subarray(0, LEAF_BYTES), BYTES.subarray(LEAF_BYTES)].map((leaf) => sha256(leaf)),
);

/** A place that holds BYTES again, with what `change` does to the leaf that was read. */
function placeOf(change = ""): BlobPlace {
  const source = `
    export function openLeaves(bytes) {
      return {
        read(leaf, target) {
          const start = leaf * ${LEAF_BYTES};
          target.set(bytes.subarray(start, start + target.length));
          ${change}
        },
        close() {},
      };
    }`;
  return { module: `data:text/javascript,${encodeURIComponent(source)}`, facts: BYTES };
}

/** The part of BYTES at `place`; `asked` takes the leaves from which its bytes were asked for. */
function partOf(place: BlobPlace | undefined, asked: number[]): SelectPart {
  return {
    sizeBytes: BYTES.length,
    leaves: LEAVES,
    place,
    async *read(firstLeaf) {
      asked.push(firstLeaf);
      yield BYTES.subarray(firstLeaf * LEAF_BYTES);
    },
  };
}

async function run(parts: readonly SelectPart[]): Promise<string> {
  const runner = createSelectWorker();
  const archive = (async function* () {
    yield* parts;
  })();
  const chunks: Uint8Array[] = [];
  for await (const chunk of runner.run(task, archive, open)) {
    chunks.push(new Uint8Array(chunk));
  }
  await runner.close();
  return utf8Text(concatBytes(chunks));
}

describe("the thread of a query", () => {
  it("reads parts where they lie, and asks for no byte of them", async () => {
    const asked: number[] = [];
    const parts = [partOf(placeOf(), asked), partOf(placeOf(), asked)];
    assert.equal(await run(parts), EXPECTED + EXPECTED);
    assert.deepEqual(asked, []);
  });

  it("uses no leaf that is not what was uploaded, and takes it and the rest from who asked", async () => {
    const asked: number[] = [];
    const rotten = placeOf(`if (leaf === 1) { target[3] ^= 1; }`);
    assert.equal(await run([partOf(rotten, asked), partOf(placeOf(), asked)]), EXPECTED + EXPECTED);
    assert.deepEqual(asked, [1]);
  });

  it("takes the bytes of a part that it can't read, be it opened or not", async () => {
    const asked: number[] = [];
    const unreadable = placeOf("if (leaf === 1) { throw new Error('EIO'); }");
    const absent = { module: "file:///nowhere/to/be/found.mjs", facts: undefined };
    const parts = [partOf(unreadable, asked), partOf(absent, asked), partOf(undefined, asked)];
    assert.equal(await run(parts), EXPECTED.repeat(3));
    assert.deepEqual(asked, [1, 0, 0]);
  });

  it("fails with what is thrown instead of the bytes that it refused", async () => {
    const failing: SelectPart = {
      ...partOf(placeOf("target.fill(0);"), []),
      async *read() {
        yield* [];
        throw new Error("the archive is damaged");
      },
    };
    await assert.rejects(run([failing]), /the archive is damaged/);
  });
});
