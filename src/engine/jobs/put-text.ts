/** Small objects in the bucket of a select job. */
import type { ResultDestination, ResultStore } from "../../ports/result-store.ts";
import { utf8Bytes } from "../../std/bytes.ts";

/** Puts `text` under `key`, in place of what was there. Throws `ResultStoreError`. */
export async function putText(
  results: ResultStore,
  destination: ResultDestination,
  key: string,
  text: string,
): Promise<void> {
  const writer = await results.openWriter(destination, key);
  try {
    await writer.write(utf8Bytes(text));
    await writer.commit();
  } catch (error) {
    await writer.abort();
    throw error;
  }
}
