import { join } from "node:path";
import type { TrustFile, TrustFiles } from "../net/trust.ts";
import type { ConfigFile } from "./credentials.ts";

/**
 * The files that TLS is done with: `--ca-cert`, else LAP_CA_CERT, else `caCert` of the config file, and
 * its `clientCert` and `clientKey`. What the config file names lies beside it, unless that says where.
 *
 * @param flag what `--ca-cert` says.
 * @returns undefined where there are none.
 */
export function trustFiles(
  flag: string | undefined,
  env: Record<string, string | undefined>,
  home: string,
  file: ConfigFile | undefined,
): TrustFiles | undefined {
  const saved = (name: "caCert" | "clientCert" | "clientKey"): TrustFile | undefined => {
    const path = file?.[name];
    return path ? { path: place(path, home), from: `${name} in config.json` } : undefined;
  };
  const ca = flag
    ? { path: flag, from: "--ca-cert" }
    : env.LAP_CA_CERT
      ? { path: env.LAP_CA_CERT, from: "LAP_CA_CERT" }
      : saved("caCert");
  const files = { ca, cert: saved("clientCert"), key: saved("clientKey") };
  return files.ca || files.cert ? files : undefined;
}

function place(path: string, home: string): string {
  if (path.startsWith("~/")) return join(home, path.slice(2));
  return path.startsWith("/") ? path : join(home, ".lap", path);
}
