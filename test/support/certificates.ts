import { readFileSync } from "node:fs";
import { join } from "node:path";

/** The certificates that `tls/make.sh` makes. */
export type CertificateName = "good" | "expired" | "early" | "elsewhere" | "client";

/** The path of a file of theirs: `ca.pem`, `good.key`. */
export function tlsPath(file: string): string {
  return join(import.meta.dir, "tls", file);
}

/** A certificate and its key, as a server takes them. */
export function identity(name: CertificateName): { cert: string; key: string } {
  const [cert = "", key = ""] = ["pem", "key"].map((kind) =>
    readFileSync(tlsPath(`${name}.${kind}`), "utf8"),
  );
  return { cert, key };
}

export const CA = tlsPath("ca.pem");
