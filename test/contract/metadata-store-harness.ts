/** What a metadata adapter brings to its contract suite, and what each test of the suite is given. */
import { it } from "node:test";
import type { Vault } from "../../src/domain/vault.ts";
import type { MetadataStore } from "../../src/ports/metadata-store.ts";
import { buildVaultKey, IdBuilder, NOW_MS } from "../support/metadata-builders.ts";

export interface OpenedMetadata {
  readonly store: MetadataStore;
  /** Closes and opens again what a restart would find; absent when nothing outlives `close`. */
  readonly reopen?: () => Promise<MetadataStore>;
  /** Closes whatever is open and removes what was stored. */
  readonly dispose: () => Promise<void>;
}

export type OpenMetadata = () => Promise<OpenedMetadata>;

export interface MetadataTest extends OpenedMetadata {
  readonly ids: IdBuilder;
  readonly vault: Vault;
  readonly skip: (reason: string) => void;
}

/** Declares a test with an empty store that holds one vault, `photos`. */
export function declareTests(open: OpenMetadata) {
  return (name: string, run: (test: MetadataTest) => Promise<void>): void => {
    it(name, async (context) => {
      const opened = await open();
      try {
        const vault = await opened.store.vaults.insert({ ...buildVaultKey(), createdAtMs: NOW_MS });
        const skip = (reason: string) => context.skip(reason);
        await run({ ...opened, ids: new IdBuilder(), vault, skip });
      } finally {
        await opened.dispose();
      }
    });
  };
}
