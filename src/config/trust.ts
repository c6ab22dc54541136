import { accessSync, constants } from "node:fs";
import { join } from "node:path";
import { UsageError } from "../errors.ts";
import type { TrustFile, TrustFiles } from "../net/trust.ts";
import { givenSetting, type SettingName, type SettingSources } from "./settings.ts";

/** Which of the files each setting names. */
const KINDS = { caCert: "ca", clientCert: "cert", clientKey: "key" } as const;

/**
 * The files that TLS is done with, see `givenSetting`. What the config file names lies beside it, unless
 * that says where.
 *
 * @returns undefined where there are none.
 * @throws UsageError for a key without a certificate, which nobody would be shown.
 */
export function trustFiles(sources: SettingSources, home: string): TrustFiles | undefined {
  const file = (name: keyof typeof KINDS): TrustFile | undefined => {
    const { text, source, where } = givenSetting(name, sources);
    if (!text) return undefined;
    const isSaved = source === "profile" || source === "file";
    return isSaved
      ? { path: place(text, home), from: `${name} in ${where}` }
      : { path: text, from: where };
  };
  const files = { ca: file("caCert"), cert: file("clientCert"), key: file("clientKey") };
  if (files.key && !files.cert) {
    throw new UsageError(
      `${files.key.from} names a key, and nothing names the certificate that it belongs to`,
      "LAP_CLIENT_CERT, or clientCert in the config file, does.",
    );
  }
  return files.ca || files.cert ? files : undefined;
}

/** Why the issuers of SSL_CERT_FILE are not trusted, in words: Bun passes over it in silence. */
export function unreadIssuers({ SSL_CERT_FILE: path }: SettingSources["env"]): string | undefined {
  if (!path) return undefined;
  try {
    accessSync(path, constants.R_OK);
    return undefined;
  } catch (error) {
    const { code = "unknown error" } = error as NodeJS.ErrnoException;
    return `SSL_CERT_FILE: ${path} cannot be read (${code}); its issuers are not trusted`;
  }
}

/**
 * Looks at the file that a setting is about to name, if it is one that names a file.
 *
 * @throws UsageError where it cannot be used.
 */
export async function checkFile(name: SettingName, text: string, home: string): Promise<void> {
  const kind = Object.hasOwn(KINDS, name) ? KINDS[name as keyof typeof KINDS] : undefined;
  if (!kind) return;
  const { checkTrust } = await import("../net/trust.ts");
  checkTrust(kind, { path: place(text, home), from: name });
}

function place(path: string, home: string): string {
  if (path.startsWith("~/")) return join(home, path.slice(2));
  return path.startsWith("/") ? path : join(home, ".lap", path);
}
