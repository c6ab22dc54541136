import { describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { repository } from "../../package.json";
import { TARGETS } from "../../scripts/targets.ts";
import { INSTALLER, Machine } from "../support/installer.ts";
import { fakeLap, Release } from "../support/release.ts";
import { waitFor } from "../support/wait.ts";

const SHELLS = [
  ["dash", ["dash"]],
  ["bash", ["bash"]],
  ["bash as sh", ["bash", "--posix"]],
  ["busybox", ["busybox", "sh"]],
  ["zsh", ["zsh"]],
].map(([name, command]) => {
  const [program = "", ...args] = command as string[];
  return { name: name as string, command: [Bun.which(program) ?? "", ...args] };
});
const FOUND = SHELLS.filter(({ command: [program] }) => program !== "");
const SH = ["/bin/sh"];
const SHELLCHECK = Bun.which("shellcheck");
const BUSYBOX = Bun.which("busybox");

describe.each(FOUND)("in $name", ({ command }) => {
  test("lap is installed from a release that is as its checksums say", async () => {
    using machine = new Machine();
    using release = new Release(fakeLap("0.2.0"));
    const ran = await machine.run(command, { env: { LAP_BASE_URL: release.url } });
    expect(ran.stderr).toContain(`✓ lap 0.2.0 is in ${machine.bin}`);
    expect(ran).toMatchObject({ exitCode: 0, stdout: "" });
    expect(machine.installedVersion()).toBe("0.2.0");
    expect(machine.leftovers()).toEqual([]);
    expect(release.requests).toEqual(["SHA256SUMS", "lap-linux-x64.tar.gz"]);
  });

  test("a tampered archive is refused, and the old lap stays", async () => {
    using machine = new Machine();
    using release = new Release(fakeLap("0.2.0"));
    using other = new Release(fakeLap("6.6.6"));
    release.files["lap-linux-x64.tar.gz"] = other.files["lap-linux-x64.tar.gz"] as Uint8Array;
    machine.installOld(fakeLap("0.1.0"));
    const ran = await machine.run(command, { env: { LAP_BASE_URL: release.url } });
    expect(ran.stderr).toContain("✗ lap-linux-x64.tar.gz is not what its release says");
    expect(ran.exitCode).toBe(1);
    expect(machine.installedVersion()).toBe("0.1.0");
    expect(machine.leftovers()).toEqual([]);
  });

  test("offline, it says so and leaves the old lap", async () => {
    using machine = new Machine();
    const release = new Release(fakeLap("0.2.0"));
    const { url } = release;
    release[Symbol.dispose]();
    machine.installOld(fakeLap("0.1.0"));
    const ran = await machine.run(command, { env: { LAP_BASE_URL: url } });
    expect(ran.stderr).toContain(`✗ cannot download ${url}/SHA256SUMS\n  Are you online?`);
    expect(ran.exitCode).toBe(1);
    expect(machine.installedVersion()).toBe("0.1.0");
    expect(machine.leftovers()).toEqual([]);
  });

  describe.each(["SIGINT", "SIGTERM", "SIGHUP", "SIGKILL"] as const)("ended by %s", (signal) => {
    test.each(["curl", "tar", "chmod", "mv"])("while %s is at work", async (tool) => {
      using machine = new Machine();
      using release = new Release(fakeLap("0.2.0"));
      machine.installOld(fakeLap("0.1.0"));
      machine.stall(tool);
      const started = machine.start(command, { env: { LAP_BASE_URL: release.url } });
      await waitFor(() => existsSync(machine.reached), "the tool to be reached");
      process.kill(-started.pid, signal);
      await started.exited;
      expect(machine.installedVersion()).toBe("0.1.0");
      if (signal === "SIGKILL") return;
      expect(await started.stderr.text()).toContain("✗ interrupted; nothing was changed");
      expect(machine.leftovers()).toEqual([]);
    });
  });

  test("half a download of the archive is no archive", async () => {
    using machine = new Machine();
    using release = new Release(fakeLap("0.2.0"));
    machine.installOld(fakeLap("0.1.0"));
    release.stalls = "lap-linux-x64.tar.gz";
    const started = machine.start(command, { env: { LAP_BASE_URL: release.url } });
    await waitFor(() => release.requests.length === 2, "the archive to be asked for");
    process.kill(-started.pid, "SIGTERM");
    expect(await started.exited).toBe(143);
    expect(machine.installedVersion()).toBe("0.1.0");
    expect(machine.leftovers()).toEqual([]);
  });

  test("--uninstall removes it and leaves the settings", async () => {
    using machine = new Machine();
    machine.installOld(fakeLap("0.1.0"));
    writeFileSync(join(machine.bin, ".lap.previous"), fakeLap("0.0.9"));
    mkdirSync(join(machine.home, ".lap"));
    const ran = await machine.run(command, { args: ["--uninstall"] });
    expect(ran.stderr).toContain(`✓ removed ${machine.lap}\nYour settings are left in`);
    expect(ran.exitCode).toBe(0);
    expect(readdirSync(machine.bin)).toEqual([]);
    const again = await machine.run(command, { args: ["--uninstall"] });
    expect(again.stderr).toContain(`✗ there is no lap in ${machine.bin}`);
    expect(again.exitCode).toBe(1);
  });
});

describe("the build for the machine:", () => {
  const musl = { ldd: "echo 'musl libc (x86_64)' >&2; exit 1" };
  const uname = (system: string, cpu: string) =>
    `case $1 in -m) echo ${cpu} ;; *) echo ${system} ;; esac`;

  test.each<[string, Record<string, string>, string]>([
    ["Linux on an Intel CPU", { uname: uname("Linux", "x86_64") }, "linux-x64"],
    ["Linux on an ARM CPU", { uname: uname("Linux", "aarch64") }, "linux-arm64"],
    ["musl", { uname: uname("Linux", "x86_64"), ...musl }, "linux-x64-musl"],
    ["musl on an ARM CPU", { uname: uname("Linux", "aarch64"), ...musl }, "linux-arm64-musl"],
    ["a Mac", { uname: uname("Darwin", "arm64"), sysctl: "echo 0" }, "darwin-arm64"],
    ["an Intel Mac", { uname: uname("Darwin", "x86_64"), sysctl: "exit 1" }, "darwin-x64"],
    ["a Mac under Rosetta", { uname: uname("Darwin", "x86_64"), sysctl: "echo 1" }, "darwin-arm64"],
  ])("%s", async (_name, fakes, target) => {
    using machine = new Machine();
    using release = new Release(fakeLap("0.2.0"));
    for (const [tool, script] of Object.entries(fakes)) machine.fake(tool, script);
    const { exitCode } = await machine.run(SH, { env: { LAP_BASE_URL: release.url } });
    expect(exitCode).toBe(0);
    expect(release.requests).toEqual(["SHA256SUMS", `lap-${target}.tar.gz`]);
    expect(TARGETS.map(({ name }) => name)).toContain(target);
  });

  test.each<[string, Record<string, string>, string]>([
    ["another CPU", { uname: uname("Linux", "riscv64") }, "no lap for a CPU of the kind riscv64"],
    ["another system", { uname: uname("FreeBSD", "x86_64") }, "no lap for FreeBSD"],
    ["32 bits", { getconf: "echo 32" }, "no lap for a 32-bit system"],
    ["Alpine without libstdc++", { ...musl, apk: "exit 1" }, "Install it: apk add libstdc++"],
  ])("none for %s", async (_name, fakes, words) => {
    using machine = new Machine();
    using release = new Release(fakeLap("0.2.0"));
    for (const [tool, script] of Object.entries(fakes)) machine.fake(tool, script);
    const { exitCode, stderr } = await machine.run(SH, { env: { LAP_BASE_URL: release.url } });
    expect(stderr).toContain(words);
    expect(exitCode).toBe(1);
    expect(release.requests).toEqual([]);
  });
});

describe("what is missing is named:", () => {
  test.each([
    [["curl"], "curl or wget is needed"],
    [["sha256sum", "shasum"], "sha256sum, shasum or openssl is needed"],
    [["tar"], "tar is needed"],
    [["gzip"], "gzip is needed"],
    [["mktemp"], "mktemp is needed"],
  ])("%p", async (tools, words) => {
    using machine = new Machine();
    using release = new Release(fakeLap("0.2.0"));
    machine.remove(...tools);
    const { exitCode, stderr } = await machine.run(SH, { env: { LAP_BASE_URL: release.url } });
    expect(stderr).toContain(words);
    expect(exitCode).toBe(1);
    expect(release.requests).toEqual([]);
  });

  test("libstdc++, where only the new lap can tell", async () => {
    using machine = new Machine();
    using release = new Release(
      "#!/bin/sh\necho 'Error loading shared library libstdc++.so.6' >&2\nexit 127\n",
    );
    machine.installOld(fakeLap("0.1.0"));
    const { exitCode, stderr } = await machine.run(SH, { env: { LAP_BASE_URL: release.url } });
    expect(stderr).toContain("✗ lap needs libstdc++, which is not installed");
    expect(exitCode).toBe(1);
    expect(machine.installedVersion()).toBe("0.1.0");
    expect(machine.leftovers()).toEqual([]);
  });
});

describe.each([
  ["wget", ["curl"], ["wget"]],
  ["shasum", ["sha256sum"], ["shasum", "perl"]],
  ["openssl", ["sha256sum", "shasum"], ["openssl"]],
])("with %s instead", (tool, without, instead) => {
  test.skipIf(!Bun.which(tool))("a good release is installed, a bad one is not", async () => {
    using machine = new Machine();
    using release = new Release(fakeLap("0.2.0"));
    machine.remove(...without);
    for (const name of instead) machine.link(name);
    const env = { LAP_BASE_URL: release.url };
    expect(await machine.run(SH, { env })).toMatchObject({ exitCode: 0 });
    expect(machine.installedVersion()).toBe("0.2.0");
    release.files["lap-linux-x64.tar.gz"] = Buffer.from("something else");
    const { exitCode, stderr } = await machine.run(SH, { env });
    expect(stderr).toContain("is not what its release says");
    expect(exitCode).toBe(1);
  });
});

test.skipIf(!BUSYBOX)("on a system that is all busybox, lap is installed", async () => {
  using machine = new Machine();
  using release = new Release(fakeLap("0.2.0"));
  machine.remove("curl");
  const applets = ["wget", "sha256sum", "tar", "gzip", "mktemp", "mkdir", "chmod", "mv", "rm"];
  for (const applet of applets) machine.link(applet, BUSYBOX);
  const { exitCode } = await machine.run([BUSYBOX ?? "", "sh"], {
    env: { LAP_BASE_URL: release.url },
  });
  expect(exitCode).toBe(0);
  expect(machine.installedVersion()).toBe("0.2.0");
  expect(machine.leftovers()).toEqual([]);
});

describe("the environment chooses", () => {
  test("another folder, with a hint for a PATH that lacks it", async () => {
    using machine = new Machine();
    using release = new Release(fakeLap("0.2.0"));
    const directory = join(machine.home, "my programs");
    const env = { LAP_BASE_URL: `${release.url}/`, LAP_INSTALL_DIR: directory };
    for (const [shell, hint] of [
      ["/bin/bash", `echo 'export PATH="${directory}:$PATH"' >>~/.bashrc`],
      ["/usr/bin/zsh", `echo 'export PATH="${directory}:$PATH"' >>~/.zshrc`],
      ["/usr/bin/fish", `fish_add_path '${directory}'`],
      ["/bin/ksh", `export PATH="${directory}:$PATH"`],
    ]) {
      const { exitCode, stderr } = await machine.run(SH, { env: { ...env, SHELL: shell } });
      expect(stderr).toContain(`${directory} is not on your PATH`);
      expect(stderr).toContain(`  ${hint}`);
      expect(exitCode).toBe(0);
    }
    expect(existsSync(join(directory, "lap"))).toBe(true);
  });

  test("no hint is given where none is needed, but another lap that comes first is named", async () => {
    using machine = new Machine();
    using release = new Release(fakeLap("0.2.0"));
    const env = { LAP_BASE_URL: release.url, PATH: `${machine.tools}:${machine.bin}` };
    const { stderr } = await machine.run(SH, { env });
    expect(stderr).not.toContain("PATH");
    machine.fake("lap", "echo 0.0.1");
    const again = await machine.run(SH, { env });
    expect(again.stderr).toContain(`! ${join(machine.tools, "lap")} comes before it on your PATH`);
  });

  test("a version, which a mirror must then hold", async () => {
    using machine = new Machine();
    using release = new Release(fakeLap("0.2.0"));
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
    [{ LAP_BASE_URL: "ftp://x" }, "LAP_BASE_URL 'ftp://x' is not an http or https address"],
    [{ HOME: undefined }, "there is no HOME to install into"],
  ])("nothing odd: %p", async (env, words) => {
    using machine = new Machine();
    const { exitCode, stderr } = await machine.run(SH, { env });
    expect(stderr).toContain(`✗ ${words}`);
    expect(exitCode).toBe(1);
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
});

test("a network that stumbles twice is tried again", async () => {
  using machine = new Machine();
  using release = new Release(fakeLap("0.2.0"));
  release.failures = 2;
  const { exitCode, stderr } = await machine.run(SH, { env: { LAP_BASE_URL: release.url } });
  expect(stderr).toContain("once more in 1 s");
  expect(exitCode).toBe(0);
  expect(release.requests).toHaveLength(4);
});

describe("nothing is installed", () => {
  test("that does not start here", async () => {
    using machine = new Machine();
    using release = new Release("#!/bin/sh\necho 'GLIBC_2.99 not found' >&2\nexit 1\n");
    machine.installOld(fakeLap("0.1.0"));
    const { exitCode, stderr } = await machine.run(SH, { env: { LAP_BASE_URL: release.url } });
    expect(stderr).toContain("✗ the downloaded lap does not start here: GLIBC_2.99 not found");
    expect(exitCode).toBe(1);
    expect(machine.installedVersion()).toBe("0.1.0");
  });

  test("from a release without a build for the machine", async () => {
    using machine = new Machine();
    using release = new Release(fakeLap("0.2.0"));
    release.files.SHA256SUMS = Buffer.from(`${"0".repeat(64)}  lap-darwin-x64.tar.gz\n`);
    const { exitCode, stderr } = await machine.run(SH, { env: { LAP_BASE_URL: release.url } });
    expect(stderr).toContain("✗ that release has no lap-linux-x64.tar.gz");
    expect(exitCode).toBe(1);
  });

  test("where it may not write, and nobody is asked for a password", async () => {
    using machine = new Machine();
    using release = new Release(fakeLap("0.2.0"));
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
    using release = new Release(fakeLap("0.2.0"));
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

test("a link in its place is replaced, not written through", async () => {
  using machine = new Machine();
  using release = new Release(fakeLap("0.2.0"));
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
  using release = new Release(fakeLap("0.2.0"));
  const lines = INSTALLER.trimEnd().split("\n");
  const last = lines.length - 1;
  expect(lines[last]).toBe('main "$@"');
  const cuts = lines.map((_line, index) => lines.slice(0, index).join("\n"));
  cuts.push(`${cuts[last]}\nmai`);
  for (const script of cuts) {
    const { stdout } = await machine.run(SH, { env: { LAP_BASE_URL: release.url }, script });
    expect(stdout).toBe("");
  }
  expect(release.requests).toEqual([]);
  expect(existsSync(machine.bin)).toBe(false);
});

test.skipIf(!SHELLCHECK)("shellcheck has nothing to say", () => {
  const { stdout } = Bun.spawnSync([SHELLCHECK ?? "", "--shell=sh", "-"], {
    stdin: Buffer.from(INSTALLER),
  });
  expect(stdout.toString()).toBe("");
});
