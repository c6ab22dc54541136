import { describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { repository } from "../../../package.json";
import { INSTALLER, Machine } from "../../support/installer.ts";
import { previousPath } from "../../../src/upgrade/swap.ts";
import { Mirror } from "../../support/mirror.ts";
import { Pty } from "../../support/pty.ts";
import { fakeLap } from "../../support/upgrade-release.ts";
import { page } from "../../support/stub-server.ts";

const SH = ["/bin/sh"];

describe("the environment chooses", () => {
  test("another folder, with a hint for a PATH that lacks it", async () => {
    using machine = new Machine();
    await using release = new Mirror(fakeLap("0.2.0"));
    const directory = join(machine.home, "my programs");
    const env = { LAP_BASE_URL: `${release.url}/`, LAP_INSTALL_DIR: directory };
    for (const [shell, hint, system = "Linux"] of [
      ["/bin/bash", `echo 'export PATH="${directory}:$PATH"' >>~/.bashrc`],
      ["/bin/bash", `echo 'export PATH="${directory}:$PATH"' >>~/.bash_profile`, "Darwin"],
      ["/usr/bin/zsh", `echo 'export PATH="${directory}:$PATH"' >>~/.zshrc`],
      ["/usr/bin/fish", `fish_add_path '${directory}'`],
      ["/bin/tcsh", `setenv PATH "${directory}:$PATH"`],
      ["/bin/ksh", `export PATH="${directory}:$PATH"`],
    ]) {
      machine.fake("uname", `case $1 in -m) echo x86_64 ;; *) echo ${system} ;; esac`);
      const { exitCode, stderr } = await machine.run(SH, { env: { ...env, SHELL: shell } });
      expect(stderr).toContain(`${directory} is not on your PATH`);
      expect(stderr).toContain(`  ${hint}`);
      expect(exitCode).toBe(0);
    }
    expect(existsSync(join(directory, "lap"))).toBe(true);
  });

  test("no hint is given where none is needed, but another lap that comes first is named", async () => {
    using machine = new Machine();
    await using release = new Mirror(fakeLap("0.2.0"));
    const env = { LAP_BASE_URL: release.url, PATH: `${machine.tools}:${machine.bin}` };
    for (const PATH of [env.PATH, `${env.PATH}/`]) {
      const { stderr } = await machine.run(SH, { env: { ...env, PATH } });
      expect(stderr).not.toContain("PATH");
    }
    machine.fake("lap", "echo 0.0.1");
    const again = await machine.run(SH, { env });
    expect(again.stderr).toContain(`! ${join(machine.tools, "lap")} comes before it on your PATH`);
  });

  test("a version, which a mirror must then hold", async () => {
    using machine = new Machine();
    await using release = new Mirror(fakeLap("0.2.0"));
    const env = { LAP_BASE_URL: release.url, LAP_VERSION: "v0.2.0" };
    expect(await machine.run(SH, { env })).toMatchObject({ exitCode: 0 });
    const { exitCode, stderr } = await machine.run(SH, { env: { ...env, LAP_VERSION: "0.3.0" } });
    expect(stderr).toContain(`✗ ${release.url} holds lap 0.2.0, not 0.3.0`);
    expect(exitCode).toBe(1);
  });

  test.each([
    [{}, `${repository}/releases/latest/download`],
    [{ LAP_VERSION: "0.2.0" }, `${repository}/releases/download/v0.2.0`],
  ])("%p: the place of the release", async (env, place) => {
    using machine = new Machine();
    machine.fake(
      "curl",
      `for word; do case $word in http*) echo "$word" >&2 ;; esac; done; exit 7`,
    );
    const { stderr } = await machine.run(SH, { env });
    expect(stderr).toContain(`downloading ${place}/lap-linux-x64.tar.gz\n${place}/SHA256SUMS\n`);
  });

  test.each([
    [{ LAP_VERSION: "../evil" }, "LAP_VERSION '../evil' is not a version"],
    [{ LAP_BASE_URL: "ftp://bob:s3cret@x" }, "LAP_BASE_URL is not an http or https address"],
    [{ HOME: undefined }, "there is no HOME to install into"],
  ])("nothing odd: %p", async (env, words) => {
    using machine = new Machine();
    const { exitCode, stderr } = await machine.run(SH, { env });
    expect(stderr).toContain(`✗ ${words}`);
    expect(stderr).not.toContain("s3cret");
    expect(exitCode).toBe(1);
  });

  test.each([
    ["a release", {}, "downloading http://127.0.0.1:"],
    ["one that lacks what is asked for", { LAP_VERSION: "0.3.0" }, " holds lap 0.2.0, not 0.3.0"],
    ["none", { LAP_BASE_URL: "http://bob:s3cret@127.0.0.1:1/a@b" }, "127.0.0.1:1/a@b/SHA256SUMS"],
  ])("a mirror with a password, which is not printed: %s", async (_, chosen, words) => {
    using machine = new Machine();
    await using release = new Mirror(fakeLap("0.2.0"));
    const env = { LAP_BASE_URL: release.url.replace("//", "//bob:s3cret@"), ...chosen };
    for (const tool of ["curl", "wget"].filter((name) => Bun.which(name))) {
      machine.remove("curl");
      machine.link(tool);
      const { stderr } = await machine.run(SH, { env });
      expect(stderr).toContain(words);
      expect(stderr).not.toMatch(/s3cret/);
    }
  });

  test("https for every hop, except where an http mirror is named", async () => {
    using machine = new Machine();
    machine.fake("curl", `echo "args: $*" >&2; exit 7`);
    for (const [base, protocols] of [
      ["https://mirror.example", "--proto =https "],
      ["http://mirror.example", "--proto =http,https "],
    ]) {
      const { stderr } = await machine.run(SH, { env: { LAP_BASE_URL: base } });
      expect(stderr).toContain(protocols ?? "");
    }
  });

  test("https for every hop by Wget2, which does not say where it goes", async () => {
    using machine = new Machine();
    machine.remove("curl");
    machine.fake("wget", `[ "$1" = --version ] && echo "GNU Wget2 2.1" || ! echo "args: $*"`);
    for (const [base, enforced] of [
      ["https://mirror.example", true],
      ["http://mirror.example", false],
    ] as const) {
      const { stderr } = await machine.run(SH, { env: { LAP_BASE_URL: base } });
      expect(stderr).toContain("args: --no-verbose");
      expect(stderr.includes("--https-enforce=hard")).toBe(enforced);
    }
  });
});

test("a network that stumbles twice is tried again", async () => {
  using machine = new Machine();
  await using release = new Mirror(fakeLap("0.2.0"));
  const failures = [503, 502];
  release.intercept = () => {
    const status = failures.shift();
    return status ? page(status) : undefined;
  };
  const { exitCode, stderr } = await machine.run(SH, { env: { LAP_BASE_URL: release.url } });
  expect(stderr).toContain("once more in 1 s");
  expect(exitCode).toBe(0);
  expect(release.asked).toHaveLength(4);
});

test.each([
  ["curl", "exit 23"],
  ["wget", `[ "$1" = --version ] && echo "GNU Wget 1.21" || exit 3`],
])("where %s cannot write, the disk is named and not the network", async (tool, script) => {
  using machine = new Machine();
  machine.remove("curl");
  machine.fake(tool, script);
  const env = { LAP_BASE_URL: "http://127.0.0.1:1" };
  const { exitCode, stderr } = await machine.run(SH, { env });
  expect(stderr).toMatch(/✗ cannot write what is downloaded to \S+\n {2}Is the disk full\?\n$/);
  expect(stderr).not.toContain("once more");
  expect(exitCode).toBe(1);
  expect(machine.leftovers()).toEqual([]);
});

test("Ctrl-C at a terminal is answered on a line of its own, below curl's bar", async () => {
  using machine = new Machine();
  machine.fake("curl", `printf '#### 12.3%%' >&2; exec ${Bun.which("sleep")} 1000`);
  using pty = new Pty(["/bin/sh", "-c", INSTALLER], {
    env: { HOME: machine.home, TMPDIR: machine.temporary, PATH: machine.tools },
  });
  await pty.shows("12.3%");
  pty.type("\x03");
  await pty.shows(/^✗ interrupted; nothing was changed$/m);
});

describe("nothing is installed", () => {
  test.each([
    [
      "does not start here",
      "#!/bin/sh\necho 'GLIBC_2.99 not found' >&2\nexit 1\n",
      ": GLIBC_2.99 not found",
    ],
    ["is empty, or a link in the archive,", "", ""],
    ["is no lap", "#!/bin/sh\necho hello\n", ": hello"],
  ])("that %s", async (_, lap, words) => {
    using machine = new Machine();
    await using release = new Mirror(lap);
    machine.installOld(fakeLap("0.1.0"));
    const { exitCode, stderr } = await machine.run(SH, { env: { LAP_BASE_URL: release.url } });
    expect(stderr).toContain(
      `✗ the downloaded lap does not start here${words}\n  Nothing was installed.`,
    );
    expect(exitCode).toBe(1);
    expect(machine.installedVersion()).toBe("0.1.0");
  });

  test("from a release without a build for the machine", async () => {
    using machine = new Machine();
    await using release = new Mirror(fakeLap("0.2.0"));
    release.files.set("SHA256SUMS", `${"0".repeat(64)}  lap-darwin-x64.tar.gz\n`);
    const { exitCode, stderr } = await machine.run(SH, { env: { LAP_BASE_URL: release.url } });
    expect(stderr).toContain("✗ that release has no lap-linux-x64.tar.gz");
    expect(exitCode).toBe(1);
  });

  test("where it may not write, and nobody is asked for a password", async () => {
    using machine = new Machine();
    await using release = new Mirror(fakeLap("0.2.0"));
    const file = join(machine.home, "file");
    writeFileSync(file, "");
    const { exitCode, stderr } = await machine.run(SH, {
      env: { LAP_BASE_URL: release.url, LAP_INSTALL_DIR: join(file, "bin") },
    });
    expect(stderr).toContain(`✗ cannot write to ${join(file, "bin")}\n  Set LAP_INSTALL_DIR`);
    expect(exitCode).toBe(1);
    expect(INSTALLER).not.toContain("sudo");
  });

  test("over a folder", async () => {
    using machine = new Machine();
    await using release = new Mirror(fakeLap("0.2.0"));
    mkdirSync(machine.lap, { recursive: true });
    const { exitCode, stderr } = await machine.run(SH, { env: { LAP_BASE_URL: release.url } });
    expect(stderr).toContain(`✗ ${machine.lap} is a folder`);
    expect(exitCode).toBe(1);
  });

  test("for wrong usage", async () => {
    using machine = new Machine();
    const { exitCode, stderr } = await machine.run(SH, { args: ["--remove"] });
    expect(stderr).toStartWith("usage: sh install.sh");
    expect(exitCode).toBe(2);
  });
});

describe("the lap that was there is kept for `lap upgrade --rollback`", () => {
  test.each([
    ["by another name for it", undefined],
    ["by a copy, where there are no other names", "exit 1"],
  ])("%s", async (_, ln) => {
    using machine = new Machine();
    await using release = new Mirror(fakeLap("0.2.0"));
    machine.installOld(fakeLap("0.1.0"));
    machine.link("cp");
    if (ln) machine.fake("ln", ln);
    await machine.run(SH, { env: { LAP_BASE_URL: release.url } });
    const previous = previousPath(machine.lap);
    expect(Bun.spawnSync([previous]).stdout.toString()).toBe("0.1.0\n");
    expect(machine.installedVersion()).toBe("0.2.0");
    expect(machine.leftovers()).toEqual([]);
  });

  test("once, however often the same one is installed", async () => {
    using machine = new Machine();
    await using release = new Mirror(fakeLap("0.2.0"));
    machine.installOld(fakeLap("0.1.0"));
    machine.link("cmp");
    for (let times = 0; times < 2; times++) {
      await machine.run(SH, { env: { LAP_BASE_URL: release.url } });
    }
    const previous = previousPath(machine.lap);
    expect(Bun.spawnSync([previous]).stdout.toString()).toBe("0.1.0\n");
  });
});

test("what another install that still runs is writing is left to it", async () => {
  using machine = new Machine();
  await using release = new Mirror(fakeLap("0.2.0"));
  mkdirSync(machine.bin, { recursive: true });
  const other = `.lap-install.${process.pid}.x1y2z3`;
  writeFileSync(join(machine.bin, other), "half");
  await machine.run(SH, { env: { LAP_BASE_URL: release.url } });
  expect(machine.leftovers()).toEqual([other]);
});

test("a link in its place is replaced, not written through", async () => {
  using machine = new Machine();
  await using release = new Mirror(fakeLap("0.2.0"));
  const elsewhere = join(machine.home, "elsewhere");
  writeFileSync(elsewhere, fakeLap("0.1.0"));
  mkdirSync(machine.bin, { recursive: true });
  symlinkSync(elsewhere, machine.lap);
  await machine.run(SH, { env: { LAP_BASE_URL: release.url } });
  expect(machine.installedVersion()).toBe("0.2.0");
  expect(await Bun.file(elsewhere).text()).toBe(fakeLap("0.1.0"));
});

test("wherever the download of install.sh itself is cut, nothing is done", async () => {
  using machine = new Machine();
  await using release = new Mirror(fakeLap("0.2.0"));
  const lines = INSTALLER.trimEnd().split("\n");
  const last = lines.length - 1;
  expect(lines[last]).toBe('main "$@"');
  const cuts = lines.map((_line, index) => lines.slice(0, index).join("\n"));
  cuts.push(`${cuts[last]}\nmai`);
  for (const script of cuts) {
    const { stdout } = await machine.run(SH, { env: { LAP_BASE_URL: release.url }, script });
    expect(stdout).toBe("");
  }
  expect(release.asked).toEqual([]);
  expect(existsSync(machine.bin)).toBe(false);
});

test.each(["README.md", ".github/SECURITY.md"])("%s says where lap is", async (path) => {
  const text = await Bun.file(join(import.meta.dir, "..", "..", "..", path)).text();
  const name = new URL(repository).pathname.slice(1);
  const named = [...text.matchAll(/(?:github\.com\/|--repo )([\w-]+\/lap)\b/g)].map(([, it]) => it);
  expect(new Set(named)).toEqual(new Set([name]));
});
