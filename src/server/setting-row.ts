/** A row of the table of settings (config.ts). */
import type { ValueKind } from "./config-values.ts";

/** One setting. Its name is its key in the table, in kebab-case. */
export interface SettingRow<Value> {
  readonly kind: ValueKind<Exclude<Value, undefined>>;
  /** The default as one would write it; `undefined` when there is none. */
  readonly default: string | undefined;
  /** What happens without a value, for settings that have no default. */
  readonly otherwise?: string;
  /** Secret values are never printed. */
  readonly secret: boolean;
  /** Whether the setting may stand in the file. */
  readonly inFile: boolean;
  /** What it does, in one sentence. */
  readonly summary: string;
}

/** A setting with a default, which is written as one would give it. */
export function setting<Value>(
  kind: ValueKind<Value>,
  defaultText: string,
  row: { readonly summary: string },
): SettingRow<Value> {
  return {
    ...row,
    kind: kind as ValueKind<Exclude<Value, undefined>>,
    default: defaultText,
    secret: false,
    inFile: true,
  };
}

/** A setting without a default; `otherwise` says what happens then. */
export function optional<Value>(
  kind: ValueKind<Value>,
  row: {
    readonly otherwise: string;
    readonly secret?: boolean;
    readonly inFile?: boolean;
    readonly summary: string;
  },
): SettingRow<Value | undefined> {
  return {
    secret: false,
    inFile: true,
    ...row,
    kind: kind as ValueKind<Exclude<Value, undefined>>,
    default: undefined,
  };
}
