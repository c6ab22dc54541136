import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { writeKnown } from "../../src/upgrade/known.ts";
import { Builds } from "../support/builds.ts";
import { TemporaryHome } from "../support/home.ts";
import { Pty } from "../support/pty.ts";
import { ARCHIVE, fakeLap, install, ReleaseFolder } from "../support/upgrade-release.ts";
import { closedUrl } from "../support/stub-server.ts";
import { waitFor } from "../support/wait.ts";

const OLD = "1.0.0";
const NEW = "1.1.0";

let builds: Builds;
let old: string;
/** Holds the compiled lap of the new version. */
let real: ReleaseFolder;

beforeAll(async () => {
  builds = new Builds();
  old = builds.build(OLD);
  real = new ReleaseFolder();
  await real.publish(NEW, readFileSync(builds.build(NEW)));
});
afterAll(async () => {
  builds[Symbol.dispose]();
  await real[Symbol.asyncDispose]();
});

/** The old lap, installed in a home of its own. */
class Installed implements Disposable {
  readonly home = new TemporaryHome();
  readonly bin = join(this.home.path, "bin");
  readonly lap = Builds.install(old, join(this.bin, "lap"));

  env(extra: Record<string, string> = {}): Record<string, string> {
    return { HOME: this.home.path, PATH: `${this.bin}:/usr/bin:/bin`, ...extra };
  }

  async run(
    args: string[],
    env: Record<string, string>,
    wrap: string[] = [],
  ): Promise<{ code: number; said: string }> {
    const lap = Bun.spawn([...wrap, this.lap, ...args], {
      env: this.env(env),
      stdout: "ignore",
      stderr: "pipe",
    });
    const said = await new Response(lap.stderr).text();
    return { code: await lap.exited, said };
  }

  version(): string {
    return Bun.spawnSync([this.lap, "--version"], { env: this.env() }).stdout.toString().trim();
  }

  /** What lies beside the binary. */
  beside(): string[] {
    return readdirSync(this.bin).filter((name) => name !== "lap" && name !== "gh");
  }

  /** A GitHub CLI that can verify, and then does what a script says. */
  gh(script: string): void {
    install(join(this.bin, "gh"), `#!/bin/sh\ncase $* in *--help) exit 0;; esac\n${script}\n`);
  }

  [Symbol.dispose](): void {
    this.home[Symbol.dispose]();
  }
}

test("from one build to another and back, in front of a person", async () => {
  using installed = new Installed();
  const step = async (args: string[], words: string, version: string) => {
    using pty = new Pty([installed.lap, "upgrade", ...args], { env: installed.env(real.env) });
    expect(await pty.exit()).toBe(0);
    expect(pty.screen()).toContain(words);
    expect(installed.version()).toBe(version);
    expect(installed.beside()).toEqual([".lap.previous"]);
    return pty.text();
  };
  const text = await step(
    [],
    `✓ lap ${NEW} is in the place of ${OLD}, verified by its checksum`,
    NEW,
  );
  expect(text).toMatch(/downloading lap 1\.1\.0 {2}\d+% {2}\d/);
  await step(["--rollback"], `✓ lap ${OLD} is in the place of ${NEW} again`, OLD);
  await step(["--rollback"], `✓ lap ${NEW} is in the place of ${OLD} again`, NEW);
  await step([], `lap ${NEW} is the newest`, NEW);
});

describe("the old lap is there and works, where", () => {
  test("the release file was tampered with", async () => {
    using installed = new Installed();
    await using release = new ReleaseFolder();
    await release.publish(NEW, fakeLap(NEW));
    const bytes = Uint8Array.from(release.files.get(ARCHIVE) as Uint8Array);
    bytes[20] = (bytes[20] ?? 0) ^ 1;
    release.files.set(ARCHIVE, bytes);
    const { code, said } = await installed.run(["upgrade"], release.env);
    expect([code, installed.version(), installed.beside()]).toEqual([1, OLD, []]);
    expect(said).toContain(`✗ the checksum of ${ARCHIVE} is wrong`);
  });

  test("there is no network", async () => {
    using installed = new Installed();
    const { code, said } = await installed.run(["upgrade"], { LAP_BASE_URL: await closedUrl() });
    expect([code, installed.version(), installed.beside()]).toEqual([1, OLD, []]);
    expect(said).toContain("connection refused");
  });

  test.each([
    ["for the download", 1_000, "cannot write"],
    ["for what is in it", 80_000, "cannot unpack lap"],
  ])("there is no space %s", async (_, kilobytes, words) => {
    using installed = new Installed();
    // A limit of the size of files is a disk that is full, without the disk.
    const limit = `trap '' XFSZ; ulimit -f ${kilobytes}; exec "$@"`;
    const { code, said } = await installed.run(["upgrade"], real.env, ["bash", "-c", limit, "sh"]);
    expect([code, installed.version(), installed.beside()]).toEqual([1, OLD, []]);
    expect(said).toContain(words);
  });

  const others = process.getuid?.() === 0 && Bun.which("setpriv") !== null;
  test.skipIf(!others)("the person may not write to its folder", async () => {
    using installed = new Installed();
    await using release = new ReleaseFolder();
    await release.publish(NEW, fakeLap(NEW));
    chmodSync(installed.home.path, 0o755);
    const nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];
    const { code, said } = await installed.run(["upgrade"], release.env, nobody);
    expect([code, installed.version(), installed.beside()]).toEqual([1, OLD, []]);
    expect(said).toContain(
      `✗ ${installed.lap} cannot be replaced: you may not write to its folder`,
    );
  });

  test("gh does not confirm who built the file", async () => {
    using installed = new Installed();
    await using release = new ReleaseFolder();
    await release.publish(NEW, fakeLap(NEW));
    installed.gh(`echo "$@" >"$HOME/asked"; echo "no attestations found" >&2; exit 1`);
    const refused = await installed.run(["upgrade"], release.env);
    expect([refused.code, installed.version(), installed.beside()]).toEqual([1, OLD, []]);
    expect(refused.said).toContain("gh says: no attestations found");
    expect(readFileSync(join(installed.home.path, "asked"), "utf8")).toBe(
      `attestation verify ${installed.bin}/.lap.upgrade/${ARCHIVE} --repo acme/lap\n`,
    );
    const unasked = await installed.run(["upgrade", "--no-attestation"], release.env);
    expect([unasked.code, installed.version()]).toEqual([0, NEW]);
  });
});

test("gh that confirms it is told of, and one that cannot as well", async () => {
  await using release = new ReleaseFolder();
  await release.publish(NEW, fakeLap(NEW));
  for (const [script, words] of [
    ["exit 0", "verified by its checksum and attestation"],
    ["exit 4", "! who built it was not verified: gh not logged in"],
  ] as const) {
    using installed = new Installed();
    installed.gh(script);
    const { code, said } = await installed.run(["upgrade"], release.env);
    expect([code, installed.version()]).toEqual([0, NEW]);
    expect(said).toContain(words);
  }
});

describe("lap that is killed", () => {
  /** Nobody is told, and nothing is tidied up: the next upgrade finds it all. */
  async function goesThrough(installed: Installed): Promise<void> {
    expect(installed.version()).toBe(OLD);
    await using release = new ReleaseFolder();
    await release.publish(NEW, fakeLap(NEW));
    installed.gh("exit 0");
    expect((await installed.run(["upgrade"], release.env)).code).toBe(0);
    expect(installed.version()).toBe(NEW);
    expect(installed.beside()).toEqual([".lap.previous"]);
  }

  test("in the middle of the download", async () => {
    using installed = new Installed();
    await using release = new ReleaseFolder();
    await release.publish(NEW, fakeLap(NEW));
    release.intercept = (name) =>
      name === ARCHIVE
        ? new Response(new ReadableStream({ start: (sink) => sink.enqueue(Buffer.from("half")) }))
        : undefined;
    const lap = Bun.spawn([installed.lap, "upgrade"], {
      env: installed.env(release.env),
      stderr: "ignore",
    });
    const half = join(installed.bin, ".lap.upgrade", ARCHIVE);
    await waitFor(() => existsSync(half) && readFileSync(half).length > 0, "the download");
    lap.kill("SIGKILL");
    await lap.exited;
    await goesThrough(installed);
  });

  test("while the attestation is verified", async () => {
    using installed = new Installed();
    await using release = new ReleaseFolder();
    await release.publish(NEW, fakeLap(NEW));
    installed.gh("kill -9 $PPID");
    expect((await installed.run(["upgrade"], release.env)).code).toBe(137);
    await goesThrough(installed);
  });

  test("while the new one is tried", async () => {
    using installed = new Installed();
    await using release = new ReleaseFolder();
    await release.publish(NEW, fakeLap(NEW, "kill -9 $PPID"));
    expect((await installed.run(["upgrade"], release.env)).code).toBe(137);
    await goesThrough(installed);
  });
});

test("Ctrl-C ends it at once and leaves nothing behind", async () => {
  using installed = new Installed();
  await using release = new ReleaseFolder();
  await release.publish(NEW, fakeLap(NEW));
  release.intercept = (name) => (name === ARCHIVE ? new Promise(() => {}) : undefined);
  using pty = new Pty([installed.lap, "upgrade"], { env: installed.env(release.env) });
  await pty.shows(`downloading lap ${NEW}`);
  pty.type("\x03");
  expect(await pty.exit()).toBe(130);
  expect([installed.version(), installed.beside()]).toEqual([OLD, []]);
});

test("of two at a time one does it, and the other says so", async () => {
  using installed = new Installed();
  await using release = new ReleaseFolder();
  await release.publish(NEW, fakeLap(NEW));
  const gate = Promise.withResolvers<void>();
  release.intercept = (name) =>
    name === ARCHIVE
      ? gate.promise.then(() => new Response(release.files.get(ARCHIVE) as string))
      : undefined;
  const first = installed.run(["upgrade"], release.env);
  const asked = () => release.server.requests.some(({ path }) => path === `/${ARCHIVE}`);
  await waitFor(asked, "the first to download");
  const second = await installed.run(["upgrade"], release.env);
  expect(second.code).toBe(1);
  expect(second.said).toContain("✗ another `lap upgrade` is running");
  gate.resolve();
  expect((await first).code).toBe(0);
  expect([installed.version(), installed.beside()]).toEqual([NEW, [".lap.previous"]]);
});

test("lap in a Homebrew keg hands over to brew", async () => {
  using home = new TemporaryHome();
  const keg = Builds.install(old, join(home.path, "Cellar/lap/1.0.0/bin/lap"));
  const link = join(home.path, "opt/lap/bin/lap");
  install(link, fakeLap(NEW));
  install(join(home.path, "bin/brew"), '#!/bin/sh\necho "brew $*"\n');
  using pty = new Pty([keg, "upgrade"], { env: { HOME: home.path } });
  expect(await pty.exit()).toBe(0);
  expect(pty.screen()).toContain(
    "lap was installed by Homebrew: brew upgrade lap\nbrew upgrade lap",
  );
});

test("a newer release is told of behind what a person asked for, once", async () => {
  using installed = new Installed();
  mkdirSync(dirname(installed.home.config), { mode: 0o700 });
  writeKnown(installed.home.path, { latest: NEW, askedAt: Date.now(), toldAt: 0 });
  const see = async () => {
    using pty = new Pty([installed.lap, "config"], {
      env: installed.env({ LAP_NO_UPDATE_NOTICE: "" }),
    });
    expect(await pty.exit()).toBe(0);
    return pty.screen();
  };
  expect(await see()).toEndWith(
    `\n\nlap ${NEW} is out; this is ${OLD}. \`lap upgrade\` installs it.`,
  );
  expect(await see()).not.toContain(NEW);
});
