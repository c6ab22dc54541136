import { createHash } from "node:crypto";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { arch, platform } from "node:os";
import { join } from "node:path";
import { isForMusl, releaseTarget } from "../../src/upgrade/target.ts";
import { StubServer } from "./stub-server.ts";

/** The release file of this machine. */
export const ARCHIVE = `lap-${releaseTarget({
  platform: platform(),
  arch: arch(),
  musl: isForMusl(process.execPath),
})}.tar.gz`;

/** A program that says that it is a lap of some version, and does something first. */
export function fakeLap(version: string, first = ""): string {
  return `#!/bin/sh\n${first}\necho ${version}\n`;
}

/** Writes a program; answers its path. */
export function install(path: string, program: string | Uint8Array): string {
  mkdirSync(join(path, ".."), { recursive: true });
  writeFileSync(path, program);
  chmodSync(path, 0o755);
  return path;
}

/** A folder with a release's files, served on this machine. */
export class ReleaseFolder implements AsyncDisposable {
  readonly files = new Map<string, Uint8Array | string>();
  /** Answers instead of the files, where it answers. */
  intercept: (name: string) => Response | Promise<Response> | undefined = () => undefined;
  readonly server = new StubServer(async (_request, { pathname }) => {
    const name = pathname.slice(1);
    const instead = await this.intercept(name);
    if (instead) return instead;
    const file = this.files.get(name);
    return file === undefined ? new Response(null, { status: 404 }) : new Response(file as string);
  });

  /** Puts a release into the folder: its version, its lap in an archive, and that one's checksum. */
  async publish(version: string, lap: string | Uint8Array): Promise<void> {
    const archive = new Bun.Archive(
      { LICENSE: "MIT", "completions/lap.bash": "", lap },
      { compress: "gzip", level: 1 },
    );
    const bytes = await archive.bytes();
    const sum = createHash("sha256").update(bytes).digest("hex");
    this.files.set("VERSION", `${version}\n`);
    this.files.set(ARCHIVE, bytes);
    this.files.set("SHA256SUMS", `${"0".repeat(64)}  lap-plan9-x64.tar.gz\n${sum}  ${ARCHIVE}\n`);
  }

  get env(): { LAP_BASE_URL: string } {
    return { LAP_BASE_URL: `${this.server.url}/` };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server[Symbol.asyncDispose]();
  }
}
