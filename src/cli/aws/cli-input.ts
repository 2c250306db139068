/** `--cli-input-json` and `--cli-input-yaml`: all parameters in one text; flags go before them. */
import { parse as parseYaml, YAMLError } from "yaml";
import { type JsonValue, parseJson } from "../../std/json.ts";
import { CommandFailure, parameterFailure } from "./errors-and-exit-codes.ts";
import { readParameterFile } from "./param-value.ts";
import { formatPythonType, isObject } from "./python-text.ts";

export interface CliInput {
  readonly json?: string | undefined;
  readonly yaml?: string | undefined;
}

/**
 * `parameters` with those of the input that no flag gives. Throws a parameter `CommandFailure`. Reads the
 * file that the input names.
 */
export function mergeCliInput(
  parameters: Readonly<Record<string, unknown>>,
  { json, yaml }: CliInput,
): Readonly<Record<string, unknown>> {
  if (json !== undefined && yaml !== undefined) {
    throw new CommandFailure("parameter", "Only one --cli-input- parameter may be specified.");
  }
  const text = json ?? yaml;
  if (text === undefined) {
    return parameters;
  }
  const name = json === undefined ? "cli-input-yaml" : "cli-input-json";
  const file = readParameterFile(`--${name}`, text);
  const content = file instanceof Uint8Array ? new TextDecoder().decode(file) : (file ?? text);
  const loaded = json === undefined ? loadYaml(name, content) : loadJson(name, content);
  if (!isObject(loaded)) {
    const type = formatPythonType(loaded);
    throw parameterFailure(`--${name}`, `Invalid type: expecting map, received ${type}`);
  }
  const added = Object.entries(loaded).filter(([name]) => !(name in parameters));
  return { ...parameters, ...Object.fromEntries(added) };
}

function loadJson(name: string, text: string): JsonValue {
  try {
    return parseJson(text);
  } catch {
    throw parameterFailure(name, "Invalid JSON received.");
  }
}

function loadYaml(name: string, text: string): JsonValue {
  try {
    // YAML 1.1 has dates among its values; the service's dates are strings, as they are in JSON.
    return parseYaml(text, { version: "1.2" }) as JsonValue;
  } catch (error) {
    if (error instanceof YAMLError) {
      throw parameterFailure(name, "Invalid YAML received.");
    }
    throw error;
  }
}
