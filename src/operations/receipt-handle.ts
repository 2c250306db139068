/** Receipt handles: which message a receiver got, and that it was this receiver. */
import { ManagementError } from "../domain/management-error.ts";
import type { ReceivedMessage } from "../domain/queue.ts";
import { findBase64urlBytes, formatBase64url, utf8Bytes, utf8Text } from "../std/bytes.ts";

export interface Receipt {
  readonly messageNumber: number;
  readonly receiptToken: string;
}

export function formatReceiptHandle({ messageNumber, receiptToken }: ReceivedMessage): string {
  return formatBase64url(utf8Bytes(`${messageNumber}:${receiptToken}`));
}

/** Throws `ManagementError` `ReceiptHandleIsInvalid`. */
export function parseReceiptHandle(text: string | undefined): Receipt {
  const match = /^(\d{1,15}):([0-9a-f-]{36})$/.exec(findText(text ?? "") ?? "");
  const [, number, receiptToken] = match ?? [];
  if (number === undefined || receiptToken === undefined) {
    throw new ManagementError(
      400,
      "ReceiptHandleIsInvalid",
      `The input receipt handle "${text}" is not a valid receipt handle.`,
    );
  }
  return { messageNumber: Number(number), receiptToken };
}

function findText(handle: string): string | undefined {
  const bytes = findBase64urlBytes(handle);
  try {
    return bytes && utf8Text(bytes);
  } catch {
    return undefined;
  }
}
