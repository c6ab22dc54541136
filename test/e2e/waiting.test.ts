import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { type BringUp } from "../../src/demo/sessions.ts";
import { type Platform, startPlatform } from "../../src/demo/platform.ts";
import { lastChild } from "../support/children.ts";
import { DemoPlatform } from "../support/demo-platform.ts";
import { faultyLap } from "../support/faulty.ts";
import { TemporaryHome } from "../support/home.ts";
import { LAP, PROMPT, SHELL } from "../support/lap.ts";
import { Pty } from "../support/pty.ts";

const AGENT = { name: "box", harness_id: "codex", command: SHELL, env: { PS1: PROMPT } };

/** A shell in a terminal that is logged in to the platform. */
async function shell(home: TemporaryHome, platform: { url: string; key: string }): Promise<Pty> {
  const env = { HOME: home.path, PS1: "outer$ ", LAP_URL: platform.url, LAP_KEY: platform.key };
  const outer = new Pty(["/bin/bash", "--norc", "--noprofile", "-i"], { env, columns: 120 });
  await outer.shows("outer$");
  outer.type(`stty -a > ${home.path}/before\r`);
  return outer;
}

async function expectSameModes(outer: Pty, home: TemporaryHome): Promise<void> {
  outer.type(`clear; stty -a > ${home.path}/after; echo wri""tten\r`);
  await outer.shows(/^written$/m);
  const [before, after] = ["before", "after"].map((file) =>
    readFileSync(`${home.path}/${file}`, "utf8"),
  );
  expect(after).toBe(before as string);
}

describe("while a sandbox starts", () => {
  test("phases are shown on one line, which is gone once it is ready", async () => {
    using home = new TemporaryHome();
    const steps = [Promise.withResolvers<void>(), Promise.withResolvers<void>()] as const;
    const bringUp: BringUp = async function* () {
      yield { phase: "creating_sandbox" };
      await steps[0].promise;
      yield { phase: "pod_pending", detail: "pulling the \x1b[31mimage" };
      await steps[1].promise;
    };
    const platform: Platform = startPlatform({ agents: [AGENT], bringUp });
    using outer = await shell(home, platform);
    outer.type(`clear; ${LAP} box\r`);
    await outer.shows(/^\S creating sandbox {2}\d+\.\d s$/m);
    steps[0].resolve();
    await outer.shows(/^\S pod pending \(pulling the image\) {2}\d+\.\d s$/m);
    steps[1].resolve();
    await outer.shows(/^ready>$/m);
    expect(outer.screen()).not.toContain("pod pending");
    outer.type("\x04");
    await outer.shows("detached");
    await platform.stop();
  });

  // The next lap made a second sandbox, and the first was left running without a word.
  test.each(["SIGKILL", "SIGHUP"] as const)(
    "%s leaves a session that the next lap goes on waiting for",
    async (signal) => {
      using home = new TemporaryHome();
      const up = Promise.withResolvers<void>();
      const bringUp: BringUp = async function* () {
        yield { phase: "pod_pending" };
        await up.promise;
      };
      await using demo = new DemoPlatform({ agents: [AGENT], bringUp });
      const { platform } = demo;
      const env = { HOME: home.path, LAP_URL: platform.url, LAP_KEY: platform.key };
      using killed = new Pty([LAP, "box"], { env });
      await killed.shows("pod pending");
      killed.process.kill(signal);
      await killed.exit();
      using next = new Pty([LAP, "box"], { env });
      await next.shows("the session you left is starting: pod pending");
      up.resolve();
      await next.shows(/^ready>$/m);
      expect(platform.sessions).toHaveLength(1);
    },
  );

  /** A platform whose sandboxes never come up, and lap waiting for one in a shell. */
  async function wait(home: TemporaryHome, program = LAP) {
    let deletes = 0;
    const platform = startPlatform({
      agents: [AGENT],
      // oxlint-disable-next-line require-yield
      bringUp: async function* () {
        await new Promise(() => {});
      },
      intercept: ({ method }, _url, { sessions: [started] }) => {
        if (method === "DELETE") deletes++;
        // The end of its start brings a session back that was deleted meanwhile (PROTOCOL 4).
        else if (deletes === 1 && started) started.status = "ready";
        return undefined;
      },
    });
    const outer = await shell(home, platform);
    outer.type(`${program} box; echo code=$?\r`);
    await outer.shows(/^\S creating/m);
    const [session] = platform.sessions;
    return { platform, outer, session: session as NonNullable<typeof session> };
  }

  test.each([
    ["Enter", "\r"],
    ["a second Ctrl-C", "\x03"],
  ])(
    "Ctrl-C asks; %s keeps the session, says how to reach and end it, and exits 130",
    async (_, key) => {
      using home = new TemporaryHome();
      const { platform, outer, session } = await wait(home);
      using _outer = outer;
      outer.type("\x03");
      await outer.shows("And now?");
      outer.type(key);
      await outer.shows("code=130");
      expect(outer.screen()).toContain(`lap attach ${session.id}`);
      expect(outer.screen()).toContain(`lap stop ${session.id}`);
      expect(session.status).toBe("creating");
      await expectSameModes(outer, home);
      await platform.stop();
    },
  );

  test("Ctrl-C asks; the session can be stopped, and lap exits 130 all the same", async () => {
    using home = new TemporaryHome();
    const { platform, outer, session } = await wait(home);
    using _outer = outer;
    outer.type("\x03");
    await outer.shows("And now?");
    outer.type("\x1b[B\r");
    await outer.shows("code=130");
    expect(outer.screen()).toContain(`✓ session ${session.id} is stopped`);
    expect(session.status).toBe("dead");
    await expectSameModes(outer, home);
    await platform.stop();
  });

  test("keys typed for the sandbox answer no question, and reach no shell", async () => {
    using home = new TemporaryHome();
    const { platform, outer, session } = await wait(home);
    using _outer = outer;
    outer.type("\x1b[B\rtouch typed-ahead\r");
    outer.type("\x03");
    await outer.shows("● Keep it");
    outer.type("\r");
    await outer.shows("code=130");
    expect(session.status).toBe("creating");
    await expectSameModes(outer, home);
    expect(outer.screen()).not.toContain("touch");
    await platform.stop();
  });

  const onLinux = test.skipIf(process.platform !== "linux");
  onLinux("SIGTERM while it asks ends it with 143, the terminal as it was", async () => {
    using home = new TemporaryHome();
    const { platform, outer, session } = await wait(home);
    using _outer = outer;
    outer.type("\x03");
    await outer.shows("And now?");
    process.kill(lastChild(outer.process.pid), "SIGTERM");
    await outer.shows("code=143");
    expect(outer.screen()).toContain(`lap stop ${session.id}`);
    await expectSameModes(outer, home);
    await platform.stop();
  });

  // The question stayed, for whoever could not know that lap was broken.
  onLinux("a fault of lap's own while it asks ends it and is told", async () => {
    using home = new TemporaryHome();
    const script = `process.once("SIGVTALRM", () => { throw new Error("lap broke"); });`;
    const { platform, outer, session } = await wait(home, faultyLap(home, script).join(" "));
    using _outer = outer;
    outer.type("\x03");
    await outer.shows("And now?");
    process.kill(lastChild(outer.process.pid), "SIGVTALRM");
    await outer.shows("code=130");
    expect(outer.screen()).toContain(`lap stop ${session.id}`);
    expect(outer.screen()).toContain("✗ internal error: lap broke");
    await expectSameModes(outer, home);
    await platform.stop();
  });
});

test("Ctrl-C while the connection is being made exits 130, the terminal untouched", async () => {
  using home = new TemporaryHome();
  const connecting = Promise.withResolvers<void>();
  const platform = startPlatform({
    agents: [AGENT],
    intercept: (_request, { pathname }) => {
      if (!pathname.endsWith("/tty")) return undefined;
      connecting.resolve();
      return new Promise(() => {});
    },
  });
  using outer = await shell(home, platform);
  outer.type(`${LAP} box; echo code=$?\r`);
  await connecting.promise;
  outer.type("\x03");
  await outer.shows("code=130");
  await expectSameModes(outer, home);
  await platform.stop();
});
