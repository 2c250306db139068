import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { PieceGatherer, PieceMemory } from "./piece-gatherer.ts";

const PIECE = 8;

/** An upload whose file has `end` bytes already, and what it was given. */
function makeTaker(end = 0) {
  const pieces: string[] = [];
  const taker = {
    failed: false,
    get pieceRoomBytes() {
      return PIECE - (end % PIECE);
    },
    data: (bytes: Uint8Array, moreFollow: boolean) => {
      end += bytes.length;
      pieces.push(`${Buffer.from(bytes).toString("latin1")}${moreFollow ? "" : "."}`);
    },
  };
  return { taker, pieces };
}

/** Lets `text` come in one read, which must fit. */
function fill(gatherer: PieceGatherer, text: string, moreFollow = true): boolean {
  const room = gatherer.room();
  assert.ok(text.length <= room.length, `${text} into ${room.length}`);
  room.set(Buffer.from(text, "latin1"));
  return gatherer.filled(text.length, moreFollow);
}

describe("PieceGatherer", () => {
  it("hands on whole pieces that end at boundaries of the file, and the last one as it is", () => {
    const { taker, pieces } = makeTaker(5);
    const gatherer = new PieceGatherer(new PieceMemory(PIECE, 1), taker);
    for (const text of ["ab", "c", "defg", "hijk", "lm"]) {
      assert.ok(fill(gatherer, text));
    }
    assert.ok(fill(gatherer, "n", false));
    gatherer.end();
    assert.deepEqual(pieces, ["abc", "defghijk", "lmn."]);
  });

  it("hands on what has come when it ends early, as something that more follows", () => {
    const { taker, pieces } = makeTaker();
    const gatherer = new PieceGatherer(new PieceMemory(PIECE, 1), taker);
    fill(gatherer, "abc");
    assert.deepEqual(pieces, []);
    gatherer.end();
    assert.deepEqual(pieces, ["abc"]);
  });

  it("says when no more bytes are taken", () => {
    const { taker } = makeTaker();
    const gatherer = new PieceGatherer(new PieceMemory(PIECE, 1), taker);
    taker.failed = true;
    assert.equal(fill(gatherer, "abc"), false);
  });

  it("hands on each read where there is no memory left for it, and takes memory that is given back", () => {
    const memory = new PieceMemory(PIECE, 1);
    const [first, second, third] = [makeTaker(), makeTaker(6), makeTaker()];
    const gatherer = new PieceGatherer(memory, first.taker);
    const other = new PieceGatherer(memory, second.taker);
    fill(gatherer, "abc");
    fill(other, "12");
    fill(other, "3456");
    assert.deepEqual(second.pieces, ["12", "3456"]);
    other.end();
    gatherer.end();
    assert.deepEqual(first.pieces, ["abc"]);
    const last = new PieceGatherer(memory, third.taker);
    fill(last, "xy");
    assert.deepEqual(third.pieces, []);
    last.end();
    assert.deepEqual(third.pieces, ["xy"]);
  });
});
