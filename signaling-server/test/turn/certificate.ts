import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Files in PEM. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
  remove(): void;
}

/** A certificate for a day, signed by itself, for a name as subjectAltName has it: `DNS:turn.test`, `IP:127.0.0.1`. */
export function makeCertificate(name: string): Certificate {
  const folder = mkdtempSync(join(tmpdir(), "turn-tls-"));
  const files = { cert: join(folder, "cert.pem"), key: join(folder, "key.pem") };
  execFileSync(
    "openssl",
    [
      ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1"],
      ...["-subj", "/CN=turn.test", "-addext", `subjectAltName=${name}`],
      ...["-keyout", files.key, "-out", files.cert],
    ],
    { stdio: "ignore" },
  );
  return { ...files, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
