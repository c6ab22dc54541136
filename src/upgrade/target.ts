import { closeSync, openSync, readSync } from "node:fs";

/** A machine, as far as it decides which release file is for it. */
export interface Machine {
  /** As `node:os` names them. */
  platform: string;
  arch: string;
  musl: boolean;
}

/** The target that a release file is named by, such as `linux-x64-musl`; undefined where there is none. */
export function releaseTarget({ platform, arch, musl }: Machine): string | undefined {
  if (arch !== "x64" && arch !== "arm64") return undefined;
  if (platform === "darwin") return `darwin-${arch}`;
  if (platform === "linux") return `linux-${arch}${musl ? "-musl" : ""}`;
  return undefined;
}

/** An ELF program names its loader in its first page. */
const HEAD_BYTES = 4096;

/**
 * Whether a binary was linked for musl. Asked of lap's own binary, not of the machine: that may have
 * the loaders of both, and what runs on it already is what will.
 */
export function isForMusl(binary: string): boolean {
  const file = openSync(binary, "r");
  try {
    const head = Buffer.alloc(HEAD_BYTES);
    const size = readSync(file, head, 0, HEAD_BYTES, 0);
    return head.subarray(0, size).includes("/ld-musl-");
  } finally {
    closeSync(file);
  }
}
