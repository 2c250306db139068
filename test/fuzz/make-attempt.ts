/** One attempt of the fuzzer: the bytes of a connection and how they are handed over, all from one seed. */

import { Random } from "../simulation/random.ts";
import type { Signing } from "../support/wire-client.ts";
import { mutateRequest } from "./mutate-request.ts";
import { mutateBytes } from "./mutate-text.ts";
import { type RecordedRequest, signRecorded } from "./recorded-request.ts";

export interface Attempt {
  /** Names of the recorded requests it was made from. */
  readonly names: readonly string[];
  /** What is written, piece by piece. */
  readonly pieces: readonly Buffer[];
  /** How the client leaves: it waits for the answers, ends its side with the last piece, or vanishes. */
  readonly ending: "waits" | "hurries" | "vanishes";
}

type Keys = Pick<Signing, "accessKeyId" | "secretAccessKey">;

/** The attempt number `index` of the run with `seed`: the same for the same recorded requests and instant. */
export function makeAttempt(
  recorded: readonly RecordedRequest[],
  run: {
    readonly seed: number;
    readonly index: number;
    readonly keys: Keys;
    readonly nowMs: number;
  },
): Attempt {
  const random = new Random(Math.imul(run.seed, 0x9e3779b1) ^ Math.imul(run.index + 1, 0x85ebca6b));
  const chosen = Array.from(
    { length: random.chance(0.15) ? 2 + random.below(3) : 1 },
    () =>
      // `recorded` is never empty.
      random.pick(recorded)!,
  );
  const stream = Buffer.concat(chosen.map((request) => formatMutated(request, random, run)));
  const spoiled = random.chance(0.1) ? mutateBytes(stream, random) : stream;
  return {
    names: chosen.map(({ name }) => name),
    pieces: cut(spoiled, random),
    ending: random.chance(0.03) ? "vanishes" : random.chance(0.08) ? "hurries" : "waits",
  };
}

/** Every second request is signed after its change, and so passes the signature; the others are signed before. */
function formatMutated(
  request: RecordedRequest,
  random: Random,
  { keys, nowMs }: { readonly keys: Keys; readonly nowMs: number },
): Buffer {
  const framed = random.chance(0.15);
  if (random.chance(0.5)) {
    const mutated = mutateRequest(request, random);
    const bytes = sign(framed ? announceChunks(mutated) : mutated, keys, nowMs);
    return framed ? frame(bytes, random) : bytes;
  }
  const bytes = sign(framed ? announceChunks(request) : request, keys, nowMs);
  return mutateBytes(framed ? frame(bytes, random) : bytes, random);
}

/** What can't be signed is sent as it is. */
function sign(request: RecordedRequest, keys: Keys, nowMs: number): Buffer {
  try {
    return signRecorded(request, keys, nowMs);
  } catch {
    return signRecorded({ ...request, signature: { kind: "none" } }, keys, nowMs);
  }
}

function announceChunks(request: RecordedRequest): RecordedRequest {
  return {
    ...request,
    headers: [
      ...request.headers.filter(([name]) => name.toLowerCase() !== "content-length"),
      ["Transfer-Encoding", "chunked"],
    ],
  };
}

/** The body in chunks, one in four of them wrong in some way. */
function frame(bytes: Buffer, random: Random): Buffer {
  const headEnd = bytes.indexOf("\r\n\r\n") + 4;
  const pieces = cut(bytes.subarray(headEnd), random).filter(({ length }) => length > 0);
  const chunks = pieces.map((piece) => {
    const size = random.chance(0.06)
      ? (random.pick(["-1", "fffffffffffffffff", "0x5", "", "5 5", "g"]) ?? "")
      : piece.length.toString(16);
    const extension = random.chance(0.06) ? `;${"e".repeat(random.below(20_000))}=1` : "";
    const end = random.chance(0.06) ? "\n" : "\r\n";
    return Buffer.concat([Buffer.from(`${size}${extension}\r\n`), piece, Buffer.from(end)]);
  });
  const trailer = random.chance(0.2) ? "Content-Length: 3\r\nHost: trailer\r\n" : "";
  return Buffer.concat([bytes.subarray(0, headEnd), ...chunks, Buffer.from(`0\r\n${trailer}\r\n`)]);
}

/** Mostly whole; else in a few pieces. */
function cut(bytes: Buffer, random: Random): readonly Buffer[] {
  if (random.chance(0.7)) {
    return [bytes];
  }
  const ends = Array.from({ length: 1 + random.below(4) }, () => random.below(bytes.length + 1));
  const bounds = [0, ...ends.sort((left, right) => left - right), bytes.length];
  return bounds.slice(1).map((end, index) => bytes.subarray(bounds[index], end));
}
