/** The two policies that AWS predefines for Glacier, built from the actions of this service. */

export type ManagedPolicyName = "AmazonGlacierFullAccess" | "AmazonGlacierReadOnlyAccess";

/**
 * The text of both, as `parsePolicyDocument` takes it. `actions` are all actions with their prefix
 * (`glacier:DescribeVault`); those that describe, get or list only read.
 */
export function managedPolicyTexts(
  actions: readonly string[],
): Readonly<Record<ManagedPolicyName, string>> {
  const readActions = actions.filter((action) => /:(?:Describe|Get|List)/.test(action));
  return {
    AmazonGlacierFullAccess: formatAllow("glacier:*"),
    AmazonGlacierReadOnlyAccess: formatAllow(readActions),
  };
}

function formatAllow(action: string | readonly string[]): string {
  const statement = { Effect: "Allow", Action: action, Resource: "*" };
  return JSON.stringify({ Version: "2012-10-17", Statement: [statement] });
}
