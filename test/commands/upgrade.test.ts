import { describe, expect, test } from "bun:test";
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { Interrupted } from "../../src/errors.ts";
import { writeKnown } from "../../src/upgrade/known.ts";
import { lockUpgrade } from "../../src/upgrade/lock.ts";
import { lockPath } from "../../src/upgrade/swap.ts";
import { VERSION } from "../../src/version.ts";
import { TemporaryHome } from "../support/home.ts";
import { ARCHIVE, fakeLap, install, ReleaseFolder } from "../support/upgrade-release.ts";
import { closedUrl } from "../support/stub-server.ts";
import { waitFor } from "../support/wait.ts";
import { type Outcome, runLap, type WorldOptions } from "../support/world.ts";

const NEXT = "99.0.0";
const OLD = fakeLap(VERSION);

/** A lap that is installed in a home, and a folder with a release's files. */
class Installed implements AsyncDisposable {
  readonly home = new TemporaryHome();
  readonly binary = install(join(this.home.path, "bin", "lap"), OLD);
  readonly release = new ReleaseFolder();

  static async with(version = NEXT, program = fakeLap(version)): Promise<Installed> {
    const installed = new Installed();
    await installed.release.publish(version, program);
    return installed;
  }

  upgrade(argv: string[] = [], options: Partial<WorldOptions> = {}): Promise<Outcome> {
    const { env, ...others } = options;
    return runLap(["upgrade", ...argv], {
      home: this.home.path,
      program: [this.binary],
      env: { PATH: "/nowhere", ...this.release.env, ...env },
      ...others,
    });
  }

  get content(): string {
    return readFileSync(this.binary, "utf8");
  }

  /** What lies beside the binary. */
  get beside(): string[] {
    return readdirSync(dirname(this.binary)).filter((name) => name !== "lap");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.home[Symbol.dispose]();
    await this.release[Symbol.asyncDispose]();
  }
}

describe("lap upgrade", () => {
  test("puts the newest release in place and keeps the old one for --rollback", async () => {
    await using lap = await Installed.with();
    const { code, stdout, stderr } = await lap.upgrade();
    expect([code, stdout]).toEqual([0, ""]);
    expect(stderr).toEndWith(
      `✓ lap ${NEXT} is in the place of ${VERSION}, verified by its checksum\n  \`lap upgrade --rollback\` goes back.\n`,
    );
    expect(lap.content).toBe(fakeLap(NEXT));
    expect(lap.beside).toEqual([".lap.previous"]);

    const back = await lap.upgrade(["--rollback"]);
    expect(back.stderr).toBe(`✓ lap ${VERSION} is in the place of ${VERSION} again\n`);
    expect(lap.content).toBe(OLD);
    await lap.upgrade(["--rollback"]);
    expect(lap.content).toBe(fakeLap(NEXT));
    expect(lap.beside).toEqual([".lap.previous"]);
  });

  test("follows a link to the binary, and leaves the link", async () => {
    await using lap = await Installed.with();
    const link = join(lap.home.path, "link");
    symlinkSync(lap.binary, link);
    expect((await lap.upgrade([], { program: [link] })).code).toBe(0);
    expect(lap.content).toBe(fakeLap(NEXT));
    expect(readFileSync(link, "utf8")).toBe(fakeLap(NEXT));
  });

  test.each([
    [VERSION, `lap ${VERSION} is the newest\n`],
    ["0.0.1", `lap ${VERSION} is newer than the newest release, 0.0.1\n`],
  ])("where the release is %s does nothing", async (version, words) => {
    await using lap = await Installed.with(version);
    const { code, stderr } = await lap.upgrade();
    expect([code, stderr.endsWith(words)]).toEqual([0, true]);
    expect(lap.content).toBe(OLD);
    expect(lap.release.server.requests.map(({ path }) => path)).toEqual(["/VERSION"]);
  });

  test("makes no folder in a home, which may be another person's", async () => {
    await using lap = await Installed.with();
    await lap.upgrade();
    expect(existsSync(join(lap.home.path, ".lap"))).toBe(false);
  });

  test("leaves a lap of another name in the same folder its own to go back to", async () => {
    await using lap = await Installed.with();
    const other = install(join(dirname(lap.binary), "lap-beta"), fakeLap("0.0.1"));
    await lap.upgrade();
    expect((await lap.upgrade([], { program: [other] })).code).toBe(0);
    expect((await lap.upgrade(["--rollback"])).code).toBe(0);
    expect(lap.content).toBe(OLD);
    expect((await lap.upgrade(["--rollback"], { program: [other] })).code).toBe(0);
    expect(readFileSync(other, "utf8")).toBe(fakeLap("0.0.1"));
  });

  test("says what is being done", async () => {
    await using lap = await Installed.with();
    const { stderr } = await lap.upgrade();
    for (const step of ["asking for", "downloading lap 99.0.0", "verifying", "starting lap"]) {
      expect(stderr.split(step)).toHaveLength(2);
    }
  });
});

describe("nothing is changed, and nothing left behind, where", () => {
  type Fault = (lap: Installed) => unknown;
  const publish = (program: string) => (lap: Installed) => lap.release.publish(NEXT, program);
  const files = (name: string, content: string | Uint8Array) => (lap: Installed) =>
    lap.release.files.set(name, content);
  const flip: Fault = ({ release }) => {
    const bytes = Uint8Array.from(release.files.get(ARCHIVE) as Uint8Array);
    bytes[bytes.length - 9] = (bytes[bytes.length - 9] ?? 0) ^ 1;
    release.files.set(ARCHIVE, bytes);
  };
  const cut: Fault = ({ release }) =>
    release.files.set(ARCHIVE, (release.files.get(ARCHIVE) as Uint8Array).slice(0, 100));

  test.each<[string, Fault, string]>([
    ["a bit of the file is another", flip, "the checksum of lap-"],
    ["the file is cut", cut, "the checksum of lap-"],
    ["there is no checksum", files("SHA256SUMS", ""), "the release has no checksum for lap-"],
    ["there are no checksums", (lap) => lap.release.files.delete("SHA256SUMS"), "SHA256SUMS: 404"],
    ["there is no file", (lap) => lap.release.files.delete(ARCHIVE), `${ARCHIVE}: 404`],
    ["there is no version", (lap) => lap.release.files.delete("VERSION"), "VERSION: 404"],
    ["the version is a page", files("VERSION", "<html>"), "something that is not a version"],
    [
      "the new lap does not start",
      publish("#!/bin/sh\necho no libstdc++ >&2; exit 127"),
      "does not start here: no libstdc++",
    ],
    ["it is no program", publish("hello"), "does not start here"],
    [
      "it is of another version",
      publish(fakeLap("98.0.0")),
      `${NEXT}, and its lap that it is 98.0.0`,
    ],
    ["it says no version", publish("#!/bin/sh\necho hi"), "does not start here"],
  ])("%s", async (_, fault, words) => {
    await using lap = await Installed.with();
    await fault(lap);
    const { code, stdout, stderr } = await lap.upgrade();
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toContain(`✗ `);
    expect(stderr).toContain(words);
    expect([lap.content, lap.beside]).toEqual([OLD, []]);
  });

  test("nobody answers", async () => {
    await using lap = await Installed.with();
    const { code, stderr } = await lap.upgrade([], { env: { LAP_BASE_URL: await closedUrl() } });
    expect(code).toBe(1);
    expect(stderr).toContain("/VERSION: connection refused\n");
    expect([lap.content, lap.beside]).toEqual([OLD, []]);
  });

  test("its folder cannot be written to", async () => {
    if (process.getuid?.() === 0) return; // Nothing is read-only for root.
    await using lap = await Installed.with();
    chmodSync(dirname(lap.binary), 0o555);
    const { code, stderr } = await lap.upgrade();
    chmodSync(dirname(lap.binary), 0o755);
    expect(code).toBe(1);
    expect(stderr).toContain(
      `✗ ${lap.binary} cannot be replaced: you may not write to its folder\n`,
    );
  });

  test("another lap is at it", async () => {
    await using lap = await Installed.with();
    using other = new TemporaryHome();
    {
      using _ = await lockUpgrade(lockPath(lap.binary));
      // Whosever home it is.
      for (const home of [lap.home.path, other.path]) {
        const { code, stderr } = await lap.upgrade([], { home });
        expect(code).toBe(1);
        expect(stderr).toContain("✗ another `lap upgrade` is running\n");
      }
    }
    expect([lap.content, lap.beside]).toEqual([OLD, []]);
  });

  test("Ctrl-C comes in the middle of the download", async () => {
    await using lap = await Installed.with();
    const interrupt = new AbortController();
    lap.release.intercept = (name) => {
      if (name !== ARCHIVE) return undefined;
      interrupt.abort(new Interrupted("SIGINT"));
      return new Promise(() => {});
    };
    expect((await lap.upgrade([], { signal: interrupt.signal })).code).toBe(130);
    expect([lap.content, lap.beside]).toEqual([OLD, []]);
    // And the next goes through.
    lap.release.intercept = () => undefined;
    expect((await lap.upgrade()).code).toBe(0);
  });

  test("Ctrl-C comes while the new lap is started", async () => {
    await using lap = await Installed.with();
    const reached = join(lap.home.path, "reached");
    await lap.release.publish(NEXT, fakeLap(NEXT, `: >'${reached}'; exec sleep 1000`));
    const interrupt = new AbortController();
    const upgrading = lap.upgrade([], { signal: interrupt.signal });
    await waitFor(() => existsSync(reached), "the new lap to be started");
    interrupt.abort(new Interrupted("SIGINT"));
    const { code, stderr } = await upgrading;
    expect([code, stderr.includes("Nothing was changed")]).toEqual([130, false]);
    expect([lap.content, lap.beside]).toEqual([OLD, []]);
  });
});

describe("lap upgrade --rollback", () => {
  test("without anything to go back to says so", async () => {
    await using lap = await Installed.with();
    const { code, stderr } = await lap.upgrade(["--rollback"]);
    expect(code).toBe(1);
    expect(stderr).toStartWith("✗ there is no earlier lap to go back to\n");
  });

  test("to one that does not start does not go back", async () => {
    await using lap = await Installed.with();
    install(join(dirname(lap.binary), ".lap.previous"), "#!/bin/sh\nexit 1\n");
    const { code, stderr } = await lap.upgrade(["--rollback"]);
    expect(code).toBe(1);
    expect(stderr).toContain(".lap.previous does not start here");
    expect(lap.content).toBe(OLD);
  });

  test("needs no network", async () => {
    await using lap = await Installed.with();
    await lap.upgrade();
    const env = { LAP_BASE_URL: await closedUrl() };
    expect((await lap.upgrade(["--rollback"], { env })).code).toBe(0);
    expect(lap.content).toBe(OLD);
  });
});

describe("lap upgrade --check", () => {
  test.each([
    [NEXT, 100, `lap ${NEXT} is out; this is ${VERSION}. \`lap upgrade\` installs it.\n`],
    [VERSION, 0, `lap ${VERSION} is the newest\n`],
    ["0.0.1", 0, `lap ${VERSION} is newer than the newest release, 0.0.1\n`],
  ])("of %s is %p, and prints it", async (version, code, words) => {
    await using lap = await Installed.with(version);
    const outcome = await lap.upgrade(["--check"]);
    expect([outcome.code, outcome.stdout]).toEqual([code, `${version}\n`]);
    expect(outcome.stderr).toEndWith(words);
    expect([lap.content, lap.beside]).toEqual([OLD, []]);
  });

  test("without an answer is 1", async () => {
    await using lap = await Installed.with();
    const { code, stdout } = await lap.upgrade(["--check"], {
      env: { LAP_BASE_URL: await closedUrl() },
    });
    expect([code, stdout]).toEqual([1, ""]);
  });
});

describe("--json", () => {
  test("says what there is, and what is in place now", async () => {
    await using lap = await Installed.with();
    const common = { version: VERSION, installed: "binary", path: lap.binary };
    const check = await lap.upgrade(["--check", "--json"]);
    expect(check.code).toBe(100);
    expect(JSON.parse(check.stdout)).toEqual({
      ...common,
      latest: NEXT,
      now: VERSION,
      newer: true,
    });
    const done = await lap.upgrade(["--json"]);
    expect(done.code).toBe(0);
    expect(JSON.parse(done.stdout)).toEqual({ ...common, latest: NEXT, now: NEXT, newer: true });
    const back = await lap.upgrade(["--rollback", "--json"]);
    expect(JSON.parse(back.stdout)).toEqual({
      ...common,
      latest: null,
      now: VERSION,
      newer: false,
    });
  });
});

describe("who installed lap upgrades it:", () => {
  test("Homebrew", async () => {
    await using lap = await Installed.with();
    const prefix = join(lap.home.path, "brew");
    const keg = install(join(prefix, "Cellar/lap/0.1.0/bin/lap"), OLD);
    install(join(prefix, "opt/lap/bin/lap"), fakeLap(NEXT));
    const said = join(lap.home.path, "said");
    install(join(prefix, "bin/brew"), `#!/bin/sh\necho "$*" >'${said}'\n`);
    const options = { program: [keg] as const };
    const { code, stdout } = await lap.upgrade(["--json"], options);
    expect(code).toBe(0);
    expect(readFileSync(said, "utf8")).toBe("upgrade lap\n");
    expect(JSON.parse(stdout)).toMatchObject({ installed: "homebrew", now: NEXT, latest: null });
    expect(lap.release.server.requests).toEqual([]);

    const back = await lap.upgrade(["--rollback"], options);
    expect(back.code).toBe(1);
    expect(back.stderr).toStartWith("✗ lap was installed by Homebrew, which alone can go back\n");

    install(join(prefix, "bin/brew"), "#!/bin/sh\nexit 1\n");
    const failed = await lap.upgrade([], options);
    expect([failed.code, failed.stderr]).toEqual([
      1,
      "lap was installed by Homebrew: brew upgrade lap\n✗ `brew upgrade lap` failed; it said why\n",
    ]);
  });

  test("Homebrew, and the lap that was replaced tells of no newer one", async () => {
    await using lap = await Installed.with();
    const prefix = join(lap.home.path, "brew");
    const keg = install(join(prefix, "Cellar/lap/0.1.0/bin/lap"), OLD);
    install(join(prefix, "opt/lap/bin/lap"), fakeLap(NEXT));
    install(join(prefix, "bin/brew"), "#!/bin/sh\n");
    mkdirSync(dirname(lap.home.config), { mode: 0o700 });
    writeKnown(lap.home.path, { latest: NEXT, askedAt: Date.now(), toldAt: 0 });
    const { stderr } = await lap.upgrade([], { program: [keg], isTTY: true });
    expect(stderr).toBe("lap was installed by Homebrew: brew upgrade lap\n");
  });

  test("Homebrew, whose command is gone", async () => {
    await using lap = await Installed.with();
    const keg = install(join(lap.home.path, "Cellar/lap/0.1.0/bin/lap"), OLD);
    const { code, stderr } = await lap.upgrade([], { program: [keg] });
    expect(code).toBe(1);
    expect(stderr).toContain("Run `brew upgrade lap` yourself.");
  });

  test("nobody, for a lap that runs from its source", async () => {
    await using lap = await Installed.with();
    const options = { program: [process.execPath, join(import.meta.path)] as [string, string] };
    for (const argv of [[], ["--rollback"]]) {
      const { code, stderr } = await lap.upgrade(argv, options);
      expect(code).toBe(1);
      expect(stderr).toStartWith(`✗ this lap runs from its source, ${import.meta.path}\n`);
    }
    expect((await lap.upgrade(["--check"], options)).code).toBe(100);
  });

  test("nobody, for a lap that is not there any more", async () => {
    await using lap = await Installed.with();
    const { code, stderr } = await lap.upgrade([], { program: [`${lap.binary}-gone`] });
    expect(code).toBe(1);
    expect(stderr).toContain("is not there any more");
  });
});

test("--check and --rollback do not go together", async () => {
  await using lap = await Installed.with();
  const { code, stderr } = await lap.upgrade(["--check", "--rollback"]);
  expect(code).toBe(2);
  expect(stderr).toStartWith("✗ --check and --rollback do not go together\n");
  expect(existsSync(join(lap.home.path, ".lap"))).toBe(false);
});
