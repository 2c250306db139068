import { missingParameter } from "../domain/errors.ts";
import { formatVaultArn } from "../protocol/arn.ts";
import type { Call, PolicyTarget, Services } from "./handler.ts";

/**
 * The policy text of a request, which is stored byte for byte. Throws `MissingParameterValueException` when
 * there is none, `InvalidParameterValueException` when it is no policy for the call's vault.
 */
export function parsePolicyText(
  policy: { readonly Policy: string | undefined } | undefined,
  {
    kind,
    call,
    services,
  }: {
    readonly kind: PolicyTarget["kind"];
    readonly call: Pick<Call<"DescribeVault">, "vault">;
    readonly services: Services;
  },
): string {
  const text = policy?.Policy;
  if (text === undefined) {
    throw missingParameter("Policy");
  }
  services.validatePolicy(text, { kind, ownArn: formatVaultArn(call.vault) });
  return text;
}
