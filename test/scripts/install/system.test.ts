import { describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { TARGETS } from "../../../scripts/targets.ts";
import { Machine } from "../../support/installer.ts";
import { Mirror } from "../../support/mirror.ts";
import { fakeLap } from "../../support/upgrade-release.ts";

const LOADERS = ["/lib64/ld-linux-x86-64.so.2", "/lib/ld-linux-aarch64.so.1"];
const SH = ["/bin/sh"];
const BUSYBOX = Bun.which("busybox");

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
    await using release = new Mirror(fakeLap("0.2.0"));
    for (const [tool, script] of Object.entries(fakes)) machine.fake(tool, script);
    const { exitCode } = await machine.run(SH, { env: { LAP_BASE_URL: release.url } });
    expect(exitCode).toBe(0);
    expect(release.asked).toEqual(["SHA256SUMS", `lap-${target}.tar.gz`]);
    expect(TARGETS.map(({ name }) => name)).toContain(target);
  });

  test("where there is no ldd, glibc's own loader tells", async () => {
    using machine = new Machine();
    await using release = new Mirror(fakeLap("0.2.0"));
    machine.remove("ldd");
    const { exitCode } = await machine.run(SH, { env: { LAP_BASE_URL: release.url } });
    expect(exitCode).toBe(0);
    const glibc = LOADERS.some((path) => existsSync(path));
    expect(release.asked[1]).toBe(`lap-linux-x64${glibc ? "" : "-musl"}.tar.gz`);
  });

  test.each<[string, Record<string, string>, string]>([
    ["another CPU", { uname: uname("Linux", "riscv64") }, "no lap for a CPU of the kind riscv64"],
    ["another system", { uname: uname("FreeBSD", "x86_64") }, "no lap for FreeBSD"],
    ["32 bits", { getconf: "echo 32" }, "no lap for a 32-bit system"],
    ["Alpine without libstdc++", { ...musl, apk: "exit 1" }, "Install it: apk add libstdc++"],
  ])("none for %s", async (_name, fakes, words) => {
    using machine = new Machine();
    await using release = new Mirror(fakeLap("0.2.0"));
    for (const [tool, script] of Object.entries(fakes)) machine.fake(tool, script);
    const { exitCode, stderr } = await machine.run(SH, { env: { LAP_BASE_URL: release.url } });
    expect(stderr).toContain(words);
    expect(exitCode).toBe(1);
    expect(release.asked).toEqual([]);
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
    await using release = new Mirror(fakeLap("0.2.0"));
    machine.remove(...tools);
    const { exitCode, stderr } = await machine.run(SH, { env: { LAP_BASE_URL: release.url } });
    expect(stderr).toContain(words);
    expect(exitCode).toBe(1);
    expect(release.asked).toEqual([]);
  });

  test("libstdc++, where only the new lap can tell", async () => {
    using machine = new Machine();
    await using release = new Mirror(
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
    await using release = new Mirror(fakeLap("0.2.0"));
    machine.remove(...without);
    for (const name of instead) machine.link(name);
    const env = { LAP_BASE_URL: release.url };
    expect(await machine.run(SH, { env })).toMatchObject({ exitCode: 0 });
    expect(machine.installedVersion()).toBe("0.2.0");
    release.files.set("lap-linux-x64.tar.gz", "something else");
    const { exitCode, stderr } = await machine.run(SH, { env });
    expect(stderr).toContain("is not what its release says");
    expect(exitCode).toBe(1);
  });
});

test.skipIf(!BUSYBOX)("on a system that is all busybox, lap is installed", async () => {
  using machine = new Machine();
  await using release = new Mirror(fakeLap("0.2.0"));
  machine.remove("curl");
  const applets = [
    "wget",
    "sha256sum",
    "tar",
    "gzip",
    "mktemp",
    "mkdir",
    "chmod",
    "ln",
    "mv",
    "rm",
  ];
  for (const applet of applets) machine.link(applet, BUSYBOX);
  const { exitCode } = await machine.run([BUSYBOX ?? "", "sh"], {
    env: { LAP_BASE_URL: release.url },
  });
  expect(exitCode).toBe(0);
  expect(machine.installedVersion()).toBe("0.2.0");
  expect(machine.leftovers()).toEqual([]);
});
