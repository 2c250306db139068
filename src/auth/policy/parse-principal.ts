/** `Principal` and `NotPrincipal` of the policies of resources (contract §6.3). */
import type { JsonValue } from "../../std/json.ts";
import type { PrincipalElement, PrincipalName } from "./document.ts";
import { type PlacedText, PolicyProblem, parseTexts, plainText } from "./parse-element.ts";
import { showValue } from "./policy-rules.ts";
import { findPrincipalName } from "./principal.ts";

/**
 * `"*"` or `{"AWS": …}`. The other kinds (Service, Federated, CanonicalUser) are refused: nobody here has
 * such an identity, and a Deny that silently never applies would be no protection.
 */
export function parsePrincipals(element: {
  readonly path: string;
  readonly isNegated: boolean;
  readonly value: JsonValue;
}): PrincipalElement {
  const { isNegated, path, value } = element;
  const principals = listTexts(path, value).map(parseName);
  if (isNegated && principals.some(({ kind }) => kind === "everyone")) {
    throw new PolicyProblem(`${path} must not be "*": the statement would speak of nobody.`);
  }
  return { isNegated, principals };
}

function listTexts(path: string, value: JsonValue): readonly PlacedText[] {
  if (value === "*") {
    return [{ path, text: value }];
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new PolicyProblem(`${path} must be "*" or {"AWS": …}; got ${showValue(value)}.`);
  }
  const members = Object.entries(value);
  if (members.length === 0) {
    throw new PolicyProblem(`${path} must name at least one principal.`);
  }
  return members.flatMap(([type, names]) => {
    if (type !== "AWS" || names === undefined) {
      const rule = 'knows principals of the type "AWS" only';
      throw new PolicyProblem(`${path} ${rule}; got ${showValue(type)}.`);
    }
    return parseTexts(`${path}.AWS`, names, plainText);
  });
}

function parseName({ path, text }: PlacedText): PrincipalName {
  const name = findPrincipalName(text);
  if (name === undefined) {
    const rule =
      'must be "*", 12 digits, arn:aws:iam::<account>:root or the ARN of one user or role, ' +
      "without wildcards";
    throw new PolicyProblem(`${path} ${rule}; got ${showValue(text)}.`);
  }
  return name;
}
