import { describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { lockPath, previousPath, stagingPath } from "../../../src/upgrade/swap.ts";
import { Machine } from "../../support/installer.ts";
import { Mirror } from "../../support/mirror.ts";
import { fakeLap } from "../../support/upgrade-release.ts";
import { closedUrl, stalled } from "../../support/stub-server.ts";
import { waitFor } from "../../support/wait.ts";

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

describe.each(FOUND)("in $name", ({ command }) => {
  test("lap is installed from a release that is as its checksums say", async () => {
    using machine = new Machine();
    await using release = new Mirror(fakeLap("0.2.0"));
    const ran = await machine.run(command, { env: { LAP_BASE_URL: release.url } });
    expect(ran.stderr).toContain(`✓ lap 0.2.0 is in ${machine.bin}`);
    expect(ran).toMatchObject({ exitCode: 0, stdout: "" });
    expect(machine.installedVersion()).toBe("0.2.0");
    expect(machine.leftovers()).toEqual([]);
    expect(release.asked).toEqual(["SHA256SUMS", "lap-linux-x64.tar.gz"]);
  });

  test("a tampered archive is refused, and the old lap stays", async () => {
    using machine = new Machine();
    await using release = new Mirror(fakeLap("0.2.0"));
    await using other = new Mirror(fakeLap("6.6.6"));
    release.files.set("lap-linux-x64.tar.gz", other.files.get("lap-linux-x64.tar.gz") ?? "");
    machine.installOld(fakeLap("0.1.0"));
    const ran = await machine.run(command, { env: { LAP_BASE_URL: release.url } });
    expect(ran.stderr).toContain("✗ lap-linux-x64.tar.gz is not what its release says");
    expect(ran.exitCode).toBe(1);
    expect(machine.installedVersion()).toBe("0.1.0");
    expect(machine.leftovers()).toEqual([]);
  });

  test("offline, it says so and leaves the old lap", async () => {
    using machine = new Machine();
    const url = await closedUrl();
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
      await using release = new Mirror(fakeLap("0.2.0"));
      machine.installOld(fakeLap("0.1.0"));
      machine.stall(tool);
      const started = machine.start(command, { env: { LAP_BASE_URL: release.url } });
      await waitFor(() => existsSync(machine.reached), "the tool to be reached");
      process.kill(-started.pid, signal);
      await started.exited;
      expect(machine.installedVersion()).toBe("0.1.0");
      if (signal === "SIGKILL") {
        // What is left then goes with the next one.
        machine.link(tool);
        await machine.run(command, { env: { LAP_BASE_URL: release.url } });
        expect(readdirSync(machine.bin).toSorted()).toEqual([".lap.previous", "lap"]);
        return;
      }
      expect(await started.stderr.text()).toContain("✗ interrupted; nothing was changed");
      expect(readdirSync(machine.bin)).toEqual(["lap"]);
      expect(machine.leftovers()).toEqual([]);
    });
  });

  test("half a download of the archive is no archive", async () => {
    using machine = new Machine();
    await using release = new Mirror(fakeLap("0.2.0"));
    machine.installOld(fakeLap("0.1.0"));
    release.intercept = (name) => (name === "SHA256SUMS" ? undefined : stalled("half an arch"));
    const started = machine.start(command, { env: { LAP_BASE_URL: release.url } });
    await waitFor(() => release.asked.length === 2, "the archive to be asked for");
    process.kill(-started.pid, "SIGTERM");
    expect(await started.exited).toBe(143);
    expect(machine.installedVersion()).toBe("0.1.0");
    expect(machine.leftovers()).toEqual([]);
  });

  test("--uninstall removes it and leaves the settings", async () => {
    using machine = new Machine();
    machine.installOld(fakeLap("0.1.0"));
    mkdirSync(stagingPath(machine.lap));
    const killed = join(machine.bin, ".lap-install.dead.x1y2z3");
    for (const path of [previousPath(machine.lap), lockPath(machine.lap), killed]) {
      writeFileSync(path, fakeLap("0.0.9"));
    }
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
