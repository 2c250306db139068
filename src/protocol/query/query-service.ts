/**
 * The management services beside Glacier speak AWS's query protocol: a form with `Action` and `Version`, answered
 * in XML. Each service is a small table of actions in the form of the operation table.
 */
import type { InputValue, OutputValue, StructureSchema } from "../schema.ts";

type Members = StructureSchema["members"];

export interface ActionRow {
  /**
   * What a policy's Resource is matched against; `{accountId}`, `{region}` and `{Member}` of the input are
   * filled in. `*` for actions on no resource in particular.
   */
  readonly resource: string;
  readonly input: Members;
  /** `undefined` for actions that answer nothing but a request id. */
  readonly output: Members | undefined;
}

export interface QueryService {
  /** The service in signing scopes and in actions of policies. */
  readonly name: "iam" | "sts" | "sns" | "sqs";
  readonly version: string;
  /** XML namespace of its answers. */
  readonly namespace: string;
  /** The code of a refusal by policy; `AccessDenied` unless given. */
  readonly deniedCode?: string;
  /**
   * Lists and maps that stand in parameters and answers without an element around them, by member, with the
   * name that each of their items has there.
   */
  readonly flattened?: { readonly [member: string]: string };
  /** The parameter that a path other than `/` stands for. */
  readonly pathParameter?: string;
  /** How the service speaks AWS JSON 1.0 as well; absent when it does not. */
  readonly json?: {
    /** Of the action in `X-Amz-Target`. */
    readonly targetPrefix: string;
    /** Of errors in `__type`. */
    readonly typePrefix: string;
    /** Error types whose name is not their code in the query protocol. */
    readonly typeByCode: { readonly [code: string]: string };
  };
  readonly actions: { readonly [action: string]: ActionRow };
}

/** What a handler is given: absent parameters are `undefined`. */
export type ActionInput<R extends ActionRow> = {
  readonly [K in keyof R["input"]]: InputValue<R["input"][K]> | undefined;
};

/** What a handler returns: members that are `null` are left out of the answer. */
export type ActionOutput<R extends ActionRow> = R["output"] extends Members
  ? { readonly [K in keyof R["output"]]: OutputValue<R["output"][K]> }
  : undefined;

/** One action: what policies call its resource, its parameters, and its result when it has one. */
export function action<const I extends Members, const O extends Members>(
  resource: string,
  input: I,
  output: O,
): { readonly resource: string; readonly input: I; readonly output: O };
export function action<const I extends Members>(
  resource: string,
  input: I,
): { readonly resource: string; readonly input: I; readonly output: undefined };
export function action(resource: string, input: Members, output?: Members): ActionRow {
  return { resource, input, output };
}
