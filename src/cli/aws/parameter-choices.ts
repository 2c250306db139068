/** Values that parameters take where the command line itself, like the AWS CLI's, does not check them. */

const CHOICES: Readonly<Record<string, readonly string[]>> = {
  accountId: ["-"],
  completed: ["true", "false"],
  statuscode: ["InProgress", "Succeeded", "Failed"],
};

/** The choices for a member of an operation's input; none for most. */
export function parameterChoices(member: string): readonly string[] {
  return CHOICES[member] ?? [];
}
