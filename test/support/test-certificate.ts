/** Certificates for 127.0.0.1, made by the OpenSSL program. */
import { execFile } from "node:child_process";
import { chmod } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

export interface CertificateFiles {
  readonly certificatePath: string;
  readonly privateKeyPath: string;
}

const run = promisify(execFile);

/**
 * Makes `<name>.crt` and `<name>.key` (mode 0600) in `folder`: signed by itself, so that clients who take the
 * certificate as an authority trust it.
 */
export async function makeCertificate(
  folder: string,
  name: string,
  options: { readonly keyKind?: "ec" | "rsa:1024"; readonly passphrase?: string } = {},
): Promise<CertificateFiles> {
  const { keyKind = "ec", passphrase } = options;
  const certificatePath = join(folder, `${name}.crt`);
  const privateKeyPath = join(folder, `${name}.key`);
  await run("openssl", [
    ...["req", "-x509", "-days", "30", "-subj", `/CN=${name}`],
    ...["-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost"],
    ...["-newkey", keyKind],
    ...(keyKind === "ec" ? ["-pkeyopt", "ec_paramgen_curve:P-256"] : []),
    ...(passphrase === undefined ? ["-noenc"] : ["-passout", `pass:${passphrase}`]),
    ...["-out", certificatePath, "-keyout", privateKeyPath],
  ]);
  await chmod(privateKeyPath, 0o600);
  return { certificatePath, privateKeyPath };
}
