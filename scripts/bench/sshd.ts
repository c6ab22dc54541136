import { mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import type { Bench } from "./bench.ts";

/** What a step may take at most. */
const DEADLINE_MS = 5_000;
const POLL_INTERVAL_MS = 20;

/** OpenSSH's server on loopback, with keys and a configuration of its own. */
export class Sshd implements AsyncDisposable {
  readonly #process: Bun.Subprocess;
  readonly #port: number;
  readonly #key: string;

  private constructor(process: Bun.Subprocess, port: number, key: string) {
    this.#process = process;
    this.#port = port;
    this.#key = key;
  }

  /** Undefined where OpenSSH is not installed or does not start for this user. */
  static async start(bench: Bench): Promise<Sshd | undefined> {
    const sbin = { PATH: `${process.env.PATH}:/usr/sbin:/usr/local/sbin` };
    const [sshd, ssh, keygen] = ["sshd", "ssh", "ssh-keygen"].map((name) => Bun.which(name, sbin));
    if (!sshd || !ssh || !keygen) return undefined;
    const folder = join(bench.folder, "ssh");
    mkdirSync(folder, { mode: 0o700 });
    const [hostKey, userKey] = ["host", "user"].map((name) => {
      const path = join(folder, name);
      Bun.spawnSync([keygen, "-q", "-t", "ed25519", "-N", "", "-f", path]);
      return path;
    }) as [string, string];
    const port = await freePort();
    const config = join(folder, "sshd_config");
    writeFileSync(
      config,
      [
        `Port ${port}`,
        "ListenAddress 127.0.0.1",
        `HostKey ${hostKey}`,
        `AuthorizedKeysFile ${userKey}.pub`,
        "StrictModes no",
        "UsePAM no",
        "PermitRootLogin yes",
        "PidFile none",
      ].join("\n"),
    );
    // Where a root's sshd separates its privileges; missing where it was never started.
    if (process.getuid?.() === 0) mkdirSync("/run/sshd", { recursive: true });
    const server = Bun.spawn([sshd, "-D", "-e", "-f", config], {
      stdio: ["ignore", "ignore", "ignore"],
    });
    bench.own(server);
    const started = new Sshd(server, port, userKey);
    if (await listens(port, server)) return started;
    await started[Symbol.asyncDispose]();
    return undefined;
  }

  /** Whether keys wait for a 20 ms beat unless that is turned off, as they do since OpenSSH 9.5. */
  get obscuresKeys(): boolean {
    const { stdout } = Bun.spawnSync(["ssh", "-F", "none", "-G", "host"]);
    return /^obscurekeystroketiming (?!no)/m.test(stdout.toString());
  }

  /**
   * The command line that runs `program` there, in a PTY.
   *
   * @param asItComes with keys that wait, where this OpenSSH has them wait: an easy goal.
   */
  command(program: string, { asItComes = false } = {}): string[] {
    const options = [
      "BatchMode=yes",
      "StrictHostKeyChecking=no",
      "UserKnownHostsFile=/dev/null",
      "LogLevel=ERROR",
      ...(asItComes ? [] : ["IgnoreUnknown=ObscureKeystrokeTiming", "ObscureKeystrokeTiming=no"]),
    ].flatMap((option) => ["-o", option]);
    const where = ["-i", this.#key, "-p", `${this.#port}`, `${userName()}@127.0.0.1`];
    return ["ssh", "-F", "none", "-tt", ...options, ...where, program];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.kill();
    await this.#process.exited;
  }
}

/** Not `os.userInfo()`: Bun takes that from the environment, where it may be missing. */
function userName(): string {
  return Bun.spawnSync(["id", "-un"]).stdout.toString().trim();
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" ? (address?.port ?? 0) : 0));
    });
  });
}

async function listens(port: number, server: Bun.Subprocess): Promise<boolean> {
  const deadline = performance.now() + DEADLINE_MS;
  while (server.exitCode === null && performance.now() < deadline) {
    try {
      const socket = await Bun.connect({ hostname: "127.0.0.1", port, socket: { data() {} } });
      socket.end();
      return true;
    } catch {
      await Bun.sleep(POLL_INTERVAL_MS);
    }
  }
  return false;
}
