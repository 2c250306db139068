/** Files in packs on their way back: which bytes of the pack are needed, and taking the files out of them. */
import { DamagedOutputError } from "../../../client/transfer/download-errors.ts";
import type { ByteRange } from "../../../domain/byte-range.ts";
import { MIB } from "../../../domain/limits.ts";
import { formatHex } from "../../../std/bytes.ts";
import { sha256 } from "../../../std/hasher-node.ts";

/** A file in a pack. */
export interface MemberToTake {
  readonly name: string;
  readonly offset: number;
  readonly sizeBytes: number;
  /** Its SHA-256, as a file of at most 1 MiB has it. */
  readonly treeHash: string;
}

/** The smallest range from one MiB to another, or to the end, that holds all of `members` (contract §4.5). */
export function decidePackRange(
  members: readonly Pick<MemberToTake, "offset" | "sizeBytes">[],
  packBytes: number,
): ByteRange {
  const start = members.reduce((least, { offset }) => Math.min(least, offset), packBytes);
  const end = members.reduce(
    (most, { offset, sizeBytes }) => Math.max(most, offset + sizeBytes),
    0,
  );
  return {
    start: Math.floor(start / MIB) * MIB,
    endExclusive: Math.min(packBytes, Math.ceil(end / MIB) * MIB),
  };
}

/**
 * Takes the members out of a stream that begins at `firstByte` of the pack; yields each when its last byte
 * is there, in the order of their places. One file is in memory at a time. Throws `DamagedOutputError` for
 * one that has another hash, and what `bytes` throws.
 */
export async function* takeMembers<Member extends MemberToTake>(
  bytes: AsyncIterable<Uint8Array>,
  { members, firstByte }: { readonly members: readonly Member[]; readonly firstByte: number },
): AsyncGenerator<{ readonly member: Member; readonly bytes: Uint8Array }, void> {
  const waiting = members.toSorted((left, right) => left.offset - right.offset);
  let content = new Uint8Array(waiting[0]?.sizeBytes ?? 0);
  let position = firstByte;
  for await (const chunk of bytes) {
    for (let member = waiting[0]; member !== undefined; member = waiting[0]) {
      const from = Math.max(member.offset, position);
      const to = Math.min(member.offset + member.sizeBytes, position + chunk.length);
      if (to > from) {
        content.set(chunk.subarray(from - position, to - position), from - member.offset);
      }
      if (member.offset + member.sizeBytes > position + chunk.length) {
        break;
      }
      checkMember(member, content);
      yield { member, bytes: content };
      waiting.shift();
      content = new Uint8Array(waiting[0]?.sizeBytes ?? 0);
    }
    position += chunk.length;
  }
  const [missing] = waiting;
  if (missing !== undefined) {
    throw new DamagedOutputError(`the pack ends before ${missing.name} does`);
  }
}

function checkMember({ name, treeHash }: MemberToTake, bytes: Uint8Array): void {
  const hash = formatHex(sha256(bytes));
  if (hash !== treeHash) {
    throw new DamagedOutputError(
      `the SHA-256 of ${name} in its pack is ${hash}; the catalogue has ${treeHash}`,
    );
  }
}
