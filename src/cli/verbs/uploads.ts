/** `moraine uploads`: lists, continues and aborts unfinished multipart uploads. */
import { createVerb } from "../session/verb.ts";
import { abortUnfinished } from "./uploads/abort-upload.ts";
import { listUploads } from "./uploads/list-uploads.ts";
import { resumeUpload } from "./uploads/resume-upload.ts";

const NOTES = `
The command that began an upload continues it, too. Those that are "not in the journal" were begun on another
machine or by another tool, or the program was killed in the instant after it began them.

Examples:
  moraine uploads
  moraine uploads family
  moraine uploads resume ID /mnt/copy/raw.tar
  moraine uploads abort ID --yes
`;

interface VaultOption {
  readonly vault?: string;
}

export const uploads = createVerb("uploads", (command, { withSession }) => {
  command
    .description("List, continue and abort unfinished uploads.")
    .argument("[vault]", "Whose; those of all vaults unless given.")
    .enablePositionalOptions()
    .addHelpText("after", NOTES);
  withSession<[string | undefined], object>(
    command,
    async (session, { words: [vaultName] }) => await listUploads(session, vaultName),
  );
  const resume = command
    .command("resume")
    .description("Send what is missing, from the file of the journal or from another one.")
    .argument("<id>", "Id of the upload.")
    .argument("[file]", "The file, when the journal knows none or it is elsewhere.")
    .option("--vault <name>", "The upload's vault; looked for unless given.")
    .addHelpText("after", "\nExamples:\n  moraine uploads resume ID\n");
  withSession<[string, string | undefined], VaultOption>(
    resume,
    async (session, { words: [uploadId, file], options: { vault: vaultName } }) =>
      await resumeUpload(session, { uploadId, file, vaultName }),
  );
  const abort = command
    .command("abort")
    .description("Discard an unfinished upload and its parts.")
    .argument("<id>", "Id of the upload.")
    .option("--vault <name>", "The upload's vault; looked for unless given.")
    .addHelpText("after", "\nExamples:\n  moraine uploads abort ID --yes\n");
  withSession<[string], VaultOption>(
    abort,
    async (session, { words: [uploadId], options: { vault: vaultName } }) =>
      await abortUnfinished(session, { uploadId, vaultName }),
  );
});
