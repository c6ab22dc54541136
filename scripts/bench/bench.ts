import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { compile } from "../compile.ts";

const BUILT = join(import.meta.dir, "..", "..", "dist", "lap");

/** A platform, as far as a client needs to know it. */
export interface PlatformAddress {
  url: string;
  key: string;
}

/** What all figures share: the binary, a temporary folder, and what there is to end. */
export class Bench implements Disposable {
  readonly folder = mkdtempSync(join(tmpdir(), "lap-bench-"));
  /** A copy of its own: dist/lap may be built anew meanwhile. */
  readonly lap = join(this.folder, "lap");
  readonly #children = new Set<Bun.Subprocess>();
  #homes = 0;
  #bareClient: string | undefined;

  constructor() {
    if (!existsSync(BUILT)) throw new Error("dist/lap is missing: run `bun run build` first");
    copyFileSync(BUILT, this.lap);
  }

  /** Progress, to the person only. */
  say(text: string): void {
    process.stderr.write(`${text}\n`);
  }

  /** An empty home folder. */
  home(): string {
    const home = join(this.folder, `home-${this.#homes++}`);
    mkdirSync(home);
    return home;
  }

  /** What a client is started with: a home, and a login by the environment. */
  environment(home: string, platform: PlatformAddress): Record<string, string> {
    return {
      PATH: process.env.PATH ?? "",
      TERM: "xterm-256color",
      LANG: "C.UTF-8",
      HOME: home,
      LAP_NO_UPDATE_NOTICE: "1",
      LAP_URL: platform.url,
      LAP_KEY: platform.key,
    };
  }

  /** `bare-client.ts` as a binary, built as lap is. */
  get bareClient(): string {
    this.#bareClient ??= compile(
      join(import.meta.dir, "bare-client.ts"),
      join(this.folder, "bare-client"),
    );
    return this.#bareClient;
  }

  /** What a command line for a tmux server of the bench's own begins with; undefined without tmux. */
  get tmux(): string[] | undefined {
    return Bun.which("tmux")
      ? ["tmux", "-S", join(this.folder, "tmux"), "-f", "/dev/null"]
      : undefined;
  }

  /** Ends that server, as the bench's end does. It is no child: a tmux that starts one leaves it behind. */
  endTmux(): void {
    if (this.tmux) Bun.spawnSync([...this.tmux, "kill-server"], { stderr: "ignore" });
  }

  /** Keeps a child, to end it with the bench at the latest. */
  own<T extends Bun.Subprocess>(child: T): T {
    this.#children.add(child);
    void child.exited.then(() => this.#children.delete(child));
    return child;
  }

  [Symbol.dispose](): void {
    for (const child of this.#children) child.kill("SIGKILL");
    this.endTmux();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
