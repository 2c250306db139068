/** Texts of `moraine help <topic>` that explain more than one command. */

export interface HelpTopic {
  readonly name: string;
  readonly summary: string;
  readonly text: string;
}

const CONCEPTS = `Concepts

A vault holds archives. An archive is bytes with an id that the service chooses and a description of up to
1024 characters; it never changes, it can only be deleted. Names of files are not the service's business: tools
write them into the description. moraine writes them so that mt-aws-glacier reads them, and reads what
FastGlacier, CloudBerry, CrushFTP, QNAP, git-annex and mt-aws-glacier wrote.

A tree hash is what the service checks uploads and downloads by: SHA-256 over each MiB, then over pairs of
those hashes, up to one (moraine treehash FILE).

A large file is sent as a multipart upload, in parts of equal size that can come in any order and be sent
again after a break (moraine uploads).

What is in a vault is told by its inventory, which the service takes at times, not at once; and nothing can be
read directly. Both are asked for by a job, which takes as long as its tier says: Expedited minutes, Standard
hours, Bulk longest, on a service that imitates the times of Amazon's; none where tier delays are 0. A finished
job's output can be downloaded for a day or so (moraine jobs, moraine wait, moraine output).

The catalogue is what this machine knows of a vault: a journal of what was uploaded, deleted and retrieved. It
makes "moraine ls" and "moraine restore" know names without an inventory. The truth is the service's:
"moraine catalog rebuild VAULT" compares with a fresh inventory and reports what differs.

A data retrieval policy limits how much may be retrieved in an hour. A vault access policy says who else may
use a vault, a vault lock what nobody may do for ever (moraine vault policy, moraine vault lock).
`;

const EXIT_STATUSES = `Exit statuses

    0  all done
    1  some items failed; they are listed at the end
    2  wrong words or flags; nothing was done
    3  no credentials, configuration or endpoint
    4  the service could not be reached, or failed
    5  integrity: a tree hash or a size is not the one expected
    6  refused: a vault lock, a policy or the retrieval budget forbids it
   75  queued or paused: run the same command again later
  130  interrupted (SIGINT); what was done is kept, and the command goes on where it was
  143  the same by SIGTERM

"moraine glacier" has those of the AWS CLI: 252 for wrong words, 253 for settings, 254 for errors of the
service; with --cli-compat v1 those of version 1, 2 and 255.
`;

export const HELP_TOPICS: readonly HelpTopic[] = [
  {
    name: "concepts",
    summary: "Vaults, archives, jobs, tiers, inventories and the catalogue.",
    text: CONCEPTS,
  },
  { name: "exit", summary: "What exit statuses mean.", text: EXIT_STATUSES },
];
