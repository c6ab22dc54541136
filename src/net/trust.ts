import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { getCACertificates } from "node:tls";
import { UsageError } from "../errors.ts";

/** What TLS is to be done with, as fetch and WebSocket take it. */
export interface Tls {
  /** Who is trusted: all of them, since what is given here goes in place of the built-in ones. */
  ca?: string[];
  /** Of this client. */
  cert?: string;
  key?: string;
}

/** A file, and what names it: `--ca-cert`, `LAP_CA_CERT`, `caCert in config.json`. */
export interface TrustFile {
  path: string;
  from: string;
}

export interface TrustFiles {
  /** Certificates of further issuers. */
  ca: TrustFile | undefined;
  cert: TrustFile | undefined;
  /** Undefined: it is in the file of the certificate. */
  key: TrustFile | undefined;
}

/**
 * Reads what TLS is done with: PEM files, or DER for certificates. The issuers are added to those that
 * are built in, the system's and those of NODE_EXTRA_CA_CERTS and SSL_CERT_FILE, which Bun reads.
 *
 * @throws UsageError for a file that cannot be read or used.
 */
export function readTrust({ ca, cert, key }: TrustFiles): Tls {
  const own = cert && readIdentity(cert, key ?? cert);
  return {
    ...(ca ? { ca: [...getCACertificates("default"), ...readCertificates(ca)] } : {}),
    ...own,
  };
}

/**
 * Whether a file can serve as what it is to be, by itself.
 *
 * @throws UsageError which says why not.
 */
export function checkTrust(kind: keyof TrustFiles, file: TrustFile): void {
  if (kind === "key") readPrivateKey(file);
  else readCertificates(file);
}

const CERTIFICATE =
  /-----BEGIN (?:TRUSTED )?CERTIFICATE-----[^-]+-----END (?:TRUSTED )?CERTIFICATE-----/g;
/** An encrypted one of the older kind has headers, with hyphens in them. */
const PRIVATE_KEY = /-----BEGIN [A-Z ]*PRIVATE KEY-----.+?-----END [A-Z ]*PRIVATE KEY-----/s;
/** How an ASN.1 sequence begins, as every certificate in DER does. */
const DER_START = 0x30;

function readCertificates(file: TrustFile): string[] {
  const bytes = read(file);
  const blocks = bytes[0] === DER_START ? [bytes] : (bytes.toString().match(CERTIFICATE) ?? []);
  if (blocks.length === 0) throw unusable(file, "holds no certificate");
  try {
    return blocks.map((block) => new X509Certificate(block).toString());
  } catch {
    throw unusable(file, "holds a broken certificate");
  }
}

function readIdentity(file: TrustFile, keyFile: TrustFile): { cert: string; key: string } {
  const chain = readCertificates(file);
  const { text, key } = readPrivateKey(keyFile);
  if (!new X509Certificate(chain[0] ?? "").checkPrivateKey(key)) {
    throw unusable(keyFile, `holds another key than that of the certificate ${file.path}`);
  }
  return { cert: chain.join(""), key: text };
}

function readPrivateKey(file: TrustFile): { text: string; key: KeyObject } {
  const [text] = read(file).toString().match(PRIVATE_KEY) ?? [];
  if (!text) throw unusable(file, "holds no private key");
  try {
    return { text, key: createPrivateKey(text) };
  } catch {
    throw unusable(file, "holds a private key that cannot be used; is it encrypted?");
  }
}

function read(file: TrustFile): Buffer {
  try {
    return readFileSync(file.path);
  } catch (error) {
    const { code = "unknown error" } = error as NodeJS.ErrnoException;
    throw unusable(file, `cannot be read (${code})`);
  }
}

function unusable({ path, from }: TrustFile, why: string): UsageError {
  return new UsageError(`${from}: ${path} ${why}`, "It is to be a file in the format PEM.");
}
