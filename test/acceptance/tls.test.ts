/** Real clients against a service over TLS, which they trust by its certificate alone. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import {
  awsEnvironment,
  findProgram,
  makeFolder,
  runCommand,
} from "../support/external-command.ts";
import { type ServerProcess, startServer } from "../support/server-process.ts";
import { type CertificateFiles, makeCertificate } from "../support/test-certificate.ts";

const REGION = "eu-north-1";

describe("a service with a certificate of its own", () => {
  let server: ServerProcess;
  let folder: Awaited<ReturnType<typeof makeFolder>>;
  let files: CertificateFiles;

  before(async () => {
    folder = await makeFolder();
    files = await makeCertificate(folder.path, "service");
    const { certificatePath, privateKeyPath } = files;
    server = await startServer({
      flags: ["--tls-cert", certificatePath, "--tls-key", privateKeyPath],
    });
  });
  after(async () => {
    await server?.stop();
    await folder?.remove();
  });

  it("serves the AWS command line with AWS_CA_BUNDLE, and not without it", async () => {
    const program = await findProgram(["/usr/bin/aws", "aws"], {
      probe: ["--version"],
      expected: /^aws-cli\/2/,
      advice: "the AWS CLI v2 is needed: apt-get install awscli",
    });
    const words = ["create-vault", "--account-id", "-", "--vault-name", "trusted-by-cli"];
    const run = (trust: Readonly<Record<string, string>>) =>
      runCommand(program, ["glacier", ...words, "--endpoint-url", server.apiUrl], {
        env: { ...awsEnvironment(server.credentials, REGION), AWS_MAX_ATTEMPTS: "1", ...trust },
      });
    const trusted = await run({ AWS_CA_BUNDLE: files.certificatePath });
    assert.equal(trusted.code, 0, trusted.stderr);
    const location = `/${server.credentials.accountId}/vaults/trusted-by-cli`;
    assert.deepEqual(JSON.parse(trusted.stdout), { location });
    const untrusted = await run({});
    assert.notEqual(untrusted.code, 0);
    assert.match(untrusted.stderr, /SSL validation failed/);
  });

  it("serves boto3 with verify, and not without it", async () => {
    const python = await findProgram(["/usr/bin/python3", "python3"], {
      probe: ["-c", "import boto3; print('boto3', boto3.__version__)"],
      expected: /^boto3 /,
      advice: "Python with boto3 is needed: apt-get install python3-boto3",
    });
    const script = join(import.meta.dirname, "boto3", "trust.py");
    const args = [script, server.apiUrl, "{}", files.certificatePath];
    const result = await runCommand(python, args, {
      env: { ...awsEnvironment(server.credentials, REGION), PYTHONDONTWRITEBYTECODE: "1" },
    });
    assert.equal(result.code, 0, result.stderr);
    const { refusal, ...report } = JSON.parse(result.stdout);
    assert.deepEqual(report, { sameBytes: true, status: 200 });
    assert.match(refusal, /CERTIFICATE_VERIFY_FAILED/);
  });
});
