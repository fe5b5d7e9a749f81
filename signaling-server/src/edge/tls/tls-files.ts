import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createSecureContext } from "node:tls";

/** Where certificate and key are, in PEM. */
export interface TlsFiles {
  readonly certFile: string;
  readonly keyFile: string;
}

/** A certificate, with those that lead to its authority, and its key, both in PEM. */
export interface TlsIdentity {
  readonly cert: string;
  readonly key: string;
  /** Instants of the system's clock between which browsers take the certificate. */
  readonly validFromAt: number;
  readonly validUntilAt: number;
}

export type TlsReading =
  | { readonly ok: true; readonly identity: TlsIdentity }
  /** One sentence, which says what to do and repeats nothing of what is in the files. */
  | { readonly ok: false; readonly sentence: string };

/** The files cannot be used. */
export class TlsFilesFailed extends Error {
  readonly code = "tls-files-failed";
}

/** Why a file cannot be used; completes a sentence that begins with its setting's name and its path. */
class Unusable extends Error {}

const WHY: Readonly<Record<string, string>> = {
  ENOENT: "which is not there",
  ENOTDIR: "which is not there",
  EISDIR: "which is a folder",
  EACCES: "which the user that runs the server may not read",
  EPERM: "which the user that runs the server may not read",
};

async function textOf(name: string, path: string): Promise<string> {
  try {
    return await readFile(path, "latin1");
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
    throw new Unusable(`${name} names ${path}, ${WHY[code] ?? `which cannot be read (${code})`}.`);
  }
}

const holdsCertificate = (pem: string) => pem.includes("-----BEGIN CERTIFICATE-----");
const holdsKey = (pem: string) => /-----BEGIN ([A-Z]+ )?PRIVATE KEY-----/.test(pem);

function certificateIn(pem: string, said: string): X509Certificate {
  if (!holdsCertificate(pem)) {
    const advice = holdsKey(pem) ? "; it holds a key, so the two files are probably exchanged" : "";
    throw new Unusable(`${said}, in which there is no certificate in PEM (BEGIN CERTIFICATE)${advice}.`);
  }
  try {
    return new X509Certificate(pem);
  } catch {
    throw new Unusable(`${said}, whose certificate is damaged.`);
  }
}

function keyIn(pem: string, said: string): KeyObject {
  if (/ENCRYPTED/.test(pem))
    throw new Unusable(`${said}, which has a passphrase; take it off with: openssl pkey -in OLD -out NEW.`);
  if (!holdsKey(pem)) throw new Unusable(`${said}, in which there is no key in PEM (BEGIN PRIVATE KEY).`);
  try {
    return createPrivateKey(pem);
  } catch {
    throw new Unusable(`${said}, whose key is damaged.`);
  }
}

/**
 * Reads and tries both files. Never rejects.
 *
 * @param known returned as it is where the files still hold it, so that a look costs no cryptography
 */
export async function readTlsFiles(
  { certFile, keyFile }: TlsFiles,
  known?: TlsIdentity,
): Promise<TlsReading> {
  try {
    const [cert, key] = [await textOf("TLS_CERT_FILE", certFile), await textOf("TLS_KEY_FILE", keyFile)];
    if (known?.cert === cert && known.key === key) return { ok: true, identity: known };
    const certificate = certificateIn(cert, `TLS_CERT_FILE names ${certFile}`);
    const privateKey = keyIn(key, `TLS_KEY_FILE names ${keyFile}`);
    if (!certificate.checkPrivateKey(privateKey))
      throw new Unusable(
        `TLS_KEY_FILE names ${keyFile}, whose key is not that of the first certificate in ${certFile}; the server's own certificate comes first in that file.`,
      );
    createSecureContext({ cert, key });
    const [validFromAt, validUntilAt] = [certificate.validFrom, certificate.validTo].map(Date.parse);
    return {
      ok: true,
      identity: { cert, key, validFromAt: validFromAt ?? 0, validUntilAt: validUntilAt ?? 0 },
    };
  } catch (error) {
    if (error instanceof Unusable) return { ok: false, sentence: error.message };
    const why = error instanceof Error && "code" in error ? String(error.code) : "unknown reason";
    return { ok: false, sentence: `TLS_CERT_FILE and TLS_KEY_FILE cannot be used (${why}).` };
  }
}
