/** What a vault may lack: policies, locks and notifications are errors on the wire when they are not set. */
import { GlacierServiceError } from "../../../client/errors.ts";

/** What `get` resolves with, or `undefined` when the service does not find it. */
export async function findSetting<Value>(get: () => Promise<Value>): Promise<Value | undefined> {
  try {
    return await get();
  } catch (error) {
    if (error instanceof GlacierServiceError && error.code === "ResourceNotFoundException") {
      return undefined;
    }
    throw error;
  }
}
