/** A request of an operation, from the members of its input, by its row in the table. */
import { encodePercent } from "../auth/sigv4/percent-encoding.ts";
import type { Field } from "../protocol/fields.ts";
import { type OperationName, operations } from "../protocol/operations.ts";
import { assertNever } from "../std/assert.ts";
import { utf8Bytes } from "../std/bytes.ts";
import { formatJson, type JsonValue } from "../std/json.ts";
import type { UploadSource } from "./call-types.ts";
import { conformJson, JsonMismatch } from "./conform-json.ts";
import { ClientInputError } from "./errors.ts";

/** The parts of a request that the operation decides. Texts hold one code unit per byte (latin1). */
export interface EncodedRequest {
  readonly method: string;
  readonly path: string;
  /** Without `?`. */
  readonly query: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Uint8Array | UploadSource | undefined;
}

interface Draft {
  path: string;
  readonly query: string[];
  readonly headers: [name: string, value: string][];
  /** Present when the operation has a JSON body, even without members. */
  json: { [name: string]: JsonValue } | undefined;
  source: UploadSource | undefined;
}

/**
 * The request for `input`, whose members are those of `CallInput<N>`. An operation with a JSON body always
 * sends one, `{}` when no member is given, as every SDK does (contract §1.6).
 * Throws `ClientInputError` naming the member that is missing, unknown or can't be sent.
 */
export function encodeRequest(operation: OperationName, input: object): EncodedRequest {
  const { method, path, input: fields } = operations[operation];
  const [template = "", fixedQuery] = path.split("?");
  const members: { readonly [name: string]: unknown } = { accountId: "-", ...definedOf(input) };
  refuseUnknown(operation, members);
  const draft: Draft = {
    path: template,
    query: fixedQuery === undefined ? [] : [fixedQuery],
    headers: [],
    json: undefined,
    source: undefined,
  };
  for (const [member, field] of Object.entries<Field>(fields)) {
    placeMember(draft, { operation, member, field, value: members[member] });
  }
  addTreeHash(draft, fields);
  const json = draft.json === undefined ? undefined : utf8Bytes(formatJson(draft.json));
  return {
    method,
    path: draft.path,
    query: draft.query.join("&"),
    headers: draft.headers,
    body: draft.source ?? json,
  };
}

function definedOf(input: object): object {
  return Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined));
}

function refuseUnknown(operation: OperationName, members: object): void {
  const known = operations[operation].input;
  for (const member of Object.keys(members)) {
    if (!Object.hasOwn(known, member)) {
      const names = Object.keys(known).join(", ");
      throw new ClientInputError(`${operation} has no member ${member}; it has: ${names}`);
    }
  }
}

interface Placement {
  readonly operation: OperationName;
  readonly member: string;
  readonly field: Field;
  readonly value: unknown;
}

function placeMember(draft: Draft, { operation, member, field, value }: Placement): void {
  const where = `${member} of ${operation}`;
  switch (field.in) {
    case "path":
      draft.path = draft.path.replace(`{${field.name}}`, () => encodeSegment(value, where));
      break;
    case "query":
      if (value !== undefined) {
        draft.query.push(`${field.name}=${encodePercent(byteText(textOf(value, where)))}`);
      }
      break;
    case "header":
      if (value !== undefined) {
        draft.headers.push([field.name, encodeHeader(value, where)]);
      }
      break;
    case "body":
      draft.json ??= {};
      if (value !== undefined && value !== null) {
        draft.json[field.name] = encodeMember(field.schema, value, where);
      }
      break;
    case "payload":
      // The schema of a payload is a structure, whose JSON is an object.
      draft.json = encodeMember(field.schema, value ?? {}, where) as { [name: string]: JsonValue };
      break;
    case "stream":
      draft.source = expectSource(value, where);
      break;
    case "status":
      break;
    default:
      assertNever(field);
  }
}

/** The tree hash of the bytes goes where the operation has a header for it, unless one was given. */
function addTreeHash(draft: Draft, fields: { readonly [member: string]: Field }): void {
  const treeHash = draft.source?.treeHash;
  const field = fields["checksum"];
  if (treeHash === undefined || field?.in !== "header") {
    return;
  }
  if (!draft.headers.some(([name]) => name === field.name)) {
    draft.headers.push([field.name, treeHash]);
  }
}

/** An empty segment would be the path of another operation: DescribeVault's would list all vaults. */
function encodeSegment(value: unknown, where: string): string {
  const text = value === undefined ? "" : textOf(value, where);
  if (text === "") {
    throw new ClientInputError(`${where} must be given and not empty`);
  }
  return encodePercent(byteText(text));
}

function encodeHeader(value: unknown, where: string): string {
  const text = textOf(value, where);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what a header can't hold
  if (/[\u0000-\u0008\u000a-\u001f\u007f]/.test(text)) {
    throw new ClientInputError(`${where} must not hold control characters such as line ends`);
  }
  return byteText(text);
}

function encodeMember(
  schema: Parameters<typeof conformJson>[0],
  value: unknown,
  where: string,
): JsonValue {
  try {
    return conformJson(schema, value, { where, unknown: "refuse" });
  } catch (error) {
    throw error instanceof JsonMismatch ? new ClientInputError(error.message) : error;
  }
}

function expectSource(value: unknown, where: string): UploadSource {
  const { sizeBytes, sha256, open } = (value ?? {}) as Partial<UploadSource>;
  if (
    !Number.isSafeInteger(sizeBytes) ||
    typeof sha256 !== "string" ||
    typeof open !== "function"
  ) {
    throw new ClientInputError(`${where} must be a source with sizeBytes, sha256 and open`);
  }
  // Its members were checked above.
  return value as UploadSource;
}

function textOf(value: unknown, where: string): string {
  if (typeof value !== "string") {
    throw new ClientInputError(`${where} must be a string; got a value of type ${typeof value}`);
  }
  return value;
}

/** The UTF-8 bytes of `text`, one code unit for each, as headers travel and signatures are made. */
function byteText(text: string): string {
  return Array.from(utf8Bytes(text), (byte) => String.fromCharCode(byte)).join("");
}
