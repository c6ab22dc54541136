import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { TemporaryHome } from "./home.ts";

export const INSTALLER = readFileSync(
  join(import.meta.dir, "..", "..", "scripts", "install.sh"),
  "utf8",
);

/** What install.sh may need of a system, besides what a test fakes. */
const TOOLS = ["curl", "tar", "gzip", "mktemp", "mkdir", "chmod", "ln", "mv", "rm"];

/** What is kept of an old lap, for `lap upgrade --rollback`. */
const KEPT = ".lap.previous";

export interface Ran {
  exitCode: number;
  stderr: string;
  stdout: string;
}

/**
 * A machine of its own for install.sh, or another script: a home, a temporary folder, and a PATH that
 * holds nothing but chosen tools. Linux on x86_64 with glibc, unless it is faked otherwise.
 */
export class Machine implements Disposable {
  readonly #home = new TemporaryHome();
  readonly home = this.#folder("home");
  readonly temporary = this.#folder("tmp");
  readonly tools = this.#folder("tools");
  readonly bin = join(this.home, ".local", "bin");
  readonly lap = join(this.bin, "lap");
  /** Shown for a tool that was replaced by `stall`. */
  readonly reached = join(this.home, "reached");

  constructor() {
    for (const tool of TOOLS) this.link(tool);
    this.link(Bun.which("sha256sum") ? "sha256sum" : "shasum");
    this.fake("uname", "case $1 in -m) echo x86_64 ;; *) echo Linux ;; esac");
    this.fake("ldd", "echo 'ldd (GNU libc) 2.36'");
    this.fake("getconf", "echo 64");
    this.fake("sleep", ":");
  }

  /** Puts a tool of the real system on the PATH, maybe as an applet of busybox. */
  link(tool: string, real = Bun.which(tool)): void {
    const path = join(this.tools, tool);
    rmSync(path, { force: true });
    if (real) symlinkSync(real, path);
  }

  /** Puts a tool on the PATH that does as the script says. */
  fake(tool: string, script: string): void {
    const path = join(this.tools, tool);
    rmSync(path, { force: true });
    writeFileSync(path, `#!/bin/sh\n${script}\n`);
    chmodSync(path, 0o755);
  }

  /** Makes a tool hang when it is reached, as if the work took for ever. */
  stall(tool: string): void {
    this.fake(tool, `: >'${this.reached}'; exec ${Bun.which("sleep")} 1000`);
  }

  remove(...tools: string[]): void {
    for (const tool of tools) rmSync(join(this.tools, tool), { force: true });
  }

  /** Starts install.sh as `curl | sh` does, in a process group of its own. */
  start(
    shell: readonly string[],
    { env = {}, args = [], script = INSTALLER }: StartOptions = {},
  ): Bun.Subprocess<Blob, "pipe", "pipe"> {
    return Bun.spawn([...shell, "-s", ...(args.length > 0 ? ["--", ...args] : [])], {
      cwd: this.home,
      env: {
        HOME: this.home,
        TMPDIR: this.temporary,
        PATH: this.tools,
        SHELL: "/bin/bash",
        ...env,
      },
      stdin: new Blob([script]),
      stdout: "pipe",
      stderr: "pipe",
      detached: true,
    });
  }

  async run(shell: readonly string[], options?: StartOptions): Promise<Ran> {
    const started = this.start(shell, options);
    const [exitCode, stdout, stderr] = await Promise.all([
      started.exited,
      started.stdout.text(),
      started.stderr.text(),
    ]);
    return { exitCode, stdout, stderr };
  }

  /** Puts an old lap in place. */
  installOld(lap: string): void {
    mkdirSync(this.bin, { recursive: true });
    writeFileSync(this.lap, lap);
    chmodSync(this.lap, 0o755);
  }

  /** What the lap in place says of its version, if there is one. */
  installedVersion(): string | undefined {
    if (!existsSync(this.lap)) return undefined;
    return Bun.spawnSync([this.lap, "--version"]).stdout.toString().trim();
  }

  /** Files that install.sh should not leave behind. */
  leftovers(): string[] {
    const beside = existsSync(this.bin) ? readdirSync(this.bin) : [];
    return [
      ...readdirSync(this.temporary),
      ...beside.filter((name) => name !== "lap" && name !== KEPT),
    ];
  }

  #folder(name: string): string {
    const path = join(this.#home.path, name);
    mkdirSync(path);
    return path;
  }

  [Symbol.dispose](): void {
    this.#home[Symbol.dispose]();
  }
}

interface StartOptions {
  env?: Record<string, string | undefined>;
  args?: string[];
  script?: string;
}
