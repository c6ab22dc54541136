import { join } from "node:path";
import type { TrustFile, TrustFiles } from "../net/trust.ts";
import { givenSetting, type SettingSources } from "./settings.ts";

/**
 * The files that TLS is done with, see `givenSetting`. What the config file names lies beside it, unless
 * that says where.
 *
 * @returns undefined where there are none.
 */
export function trustFiles(sources: SettingSources, home: string): TrustFiles | undefined {
  const file = (name: "caCert" | "clientCert" | "clientKey"): TrustFile | undefined => {
    const { text, source, where } = givenSetting(name, sources);
    if (!text) return undefined;
    const isSaved = source === "profile" || source === "file";
    return isSaved
      ? { path: place(text, home), from: `${name} in ${where}` }
      : { path: text, from: where };
  };
  const files = { ca: file("caCert"), cert: file("clientCert"), key: file("clientKey") };
  return files.ca || files.cert ? files : undefined;
}

function place(path: string, home: string): string {
  if (path.startsWith("~/")) return join(home, path.slice(2));
  return path.startsWith("/") ? path : join(home, ".lap", path);
}
