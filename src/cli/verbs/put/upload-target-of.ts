/** Where a session's uploads go. */

import { createPartMemory } from "../../../client/transfer/part-memory.ts";
import { createSlots } from "../../../client/transfer/slots.ts";
import { createThrottle, unthrottled } from "../../../client/transfer/throttle.ts";
import type { UploadTarget } from "../../../client/transfer/upload-target.ts";
import { MIB } from "../../../domain/limits.ts";
import type { Session } from "../../session/session.ts";

/** Four parts of files of up to 312 GiB; larger parts are read twice instead. */
const FILE_MEMORY = { totalBytes: 128 * MIB, pieceBytes: 32 * MIB };
/** One part of a stream; others wait in temporary files. Measured: 128 MiB lead to 318 MiB resident. */
const STREAM_MEMORY = { totalBytes: 64 * MIB, pieceBytes: 64 * MIB };

/** A target of the vault with the session's slots and throttle. */
export function uploadTargetOf(
  session: Session,
  { vaultName, kind }: { readonly vaultName: string; readonly kind: "files" | "stream" },
): UploadTarget {
  const { call, accountId, settings, signal, surroundings } = session;
  const { nowMs, sleep } = surroundings;
  const bytesPerSecond = settings.maxRate.value;
  return {
    ...{ call, accountId, vaultName, signal },
    slots: createSlots(settings.concurrency.value),
    throttle:
      bytesPerSecond === undefined ? unthrottled : createThrottle({ bytesPerSecond, nowMs, sleep }),
    memory: createPartMemory(kind === "files" ? FILE_MEMORY : STREAM_MEMORY),
  };
}
