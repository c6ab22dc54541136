import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { TemporaryHome } from "../support/home.ts";
import { LAP } from "../support/lap.ts";
import { Pty } from "../support/pty.ts";
import { type Row, RowsServer } from "../support/rows.ts";
import { failure } from "../support/stub-server.ts";
import { waitFor } from "../support/wait.ts";

const LONG = "an agent with a name that is longer than any window here";

function rows(): Row[] {
  return [
    { id: "11111111-aaaa", agent_id: "a-1", status: "ready", phase: "ready" },
    { id: "22222222-bbbb", agent_id: "a-2", status: "creating", phase: "pod_pending" },
  ];
}

/** A shell in a terminal that is logged in to the platform. */
async function shell(home: TemporaryHome, server: RowsServer): Promise<Pty> {
  const env = { HOME: home.path, PS1: "outer$ ", ...server.login };
  const outer = new Pty(["/bin/bash", "--norc", "--noprofile", "-i"], { env, columns: 120 });
  await outer.shows("outer$");
  return outer;
}

describe("lap sessions --watch, in a real terminal", () => {
  test("is repainted in place, survives an outage and a resize, and leaves nothing but the list", async () => {
    using home = new TemporaryHome();
    const list = rows();
    let out = false;
    await using server = new RowsServer(list, { "a-1": "bot", "a-2": LONG }, () =>
      out ? failure(502, "bad gateway") : undefined,
    );
    using outer = await shell(home, server);
    outer.type(`clear; echo be""fore; stty -a > ${home.path}/before\r`);
    await outer.shows(/^before$/m);
    outer.type(`${LAP} ps --watch; echo code=$?\r`);
    await outer.shows(/22222222 +creating +pod pending/);
    expect(outer.emulator.buffer.active.type).toBe("alternate");
    expect(outer.lines()[0]).toMatch(/^2 sessions on http:\S+ {2}\d\d:\d\d:\d\d {2}q ends$/);

    Object.assign(list[1] as Row, { status: "ready", phase: "ready" });
    await outer.shows(/22222222 +ready/);
    // Painted over: there is one head, and nothing of the longer line that was there before.
    expect(outer.screen().match(/AGENT/g)).toHaveLength(1);
    expect(outer.screen()).not.toContain("pending");

    outer.resize(40, 10);
    await outer.shows(/^an agent with a name t… {2}22222222 {2}\S*…$/m);
    expect(outer.screen()).toContain("2 sessions on http");
    outer.resize(120, 24);
    await outer.shows(/22222222 +ready/);

    out = true;
    await outer.shows("! session list failed: 502 — bad gateway; trying again");
    expect(outer.screen()).toMatch(/22222222 +ready/);
    out = false;
    await waitFor(() => !outer.screen().includes("trying again"), "the platform to be back");

    outer.type("\x03");
    await outer.shows("code=0");
    expect(outer.emulator.buffer.active.type).toBe("normal");
    expect(outer.screen()).toMatch(/^before\n[^]*^bot +11111111 +ready[^]*code=0/m);
    expect(outer.text()).toContain("\x1b[?25h\x1b[?1049l");
    outer.type(`clear; stty -a > ${home.path}/after; echo do""ne\r`);
    await outer.shows(/^done$/m);
    const [before, after] = ["before", "after"].map((file) =>
      readFileSync(`${home.path}/${file}`, "utf8"),
    );
    expect(after).toBe(before as string);
  });

  test("Ctrl-Z gives the terminal to the shell, and fg takes it back", async () => {
    using home = new TemporaryHome();
    await using server = new RowsServer(rows(), { "a-1": "bot", "a-2": "docs" });
    using outer = await shell(home, server);
    outer.type(`${LAP} sessions --watch; echo code=$?\r`);
    await outer.shows(/11111111 +ready/);
    outer.type("\x1a");
    await outer.shows("Stopped");
    expect(outer.emulator.buffer.active.type).toBe("normal");
    outer.type("echo mean''while\r");
    await outer.shows(/^meanwhile$/m);
    outer.type("fg\r");
    await waitFor(() => outer.emulator.buffer.active.type === "alternate", "the view to be back");
    await outer.shows(/11111111 +ready/);
    outer.type("q");
    await waitFor(() => outer.emulator.buffer.active.type === "normal", "the view to end");
    outer.type("echo at the pro''mpt\r");
    await outer.shows(/^at the prompt$/m);
  });
});

test("lap stop --all asks in a terminal, and Ctrl-C while it watches says what may still happen", async () => {
  using home = new TemporaryHome();
  await using server = new RowsServer(rows(), { "a-1": "bot", "a-2": "docs" });
  using outer = await shell(home, server);
  outer.type(`clear; ${LAP} stop --all; echo code=$?\r`);
  await outer.shows("Stop these 2 sessions on http");
  expect(outer.screen()).toMatch(/^bot +11111111 +ready\ndocs +22222222 +creating$/m);
  expect(server.deleted).toEqual([]);
  outer.type("\x1b[B\r");
  await outer.shows(
    /^\S waiting for the end of its start, which could bring it back {2}\d+\.\d s$/m,
  );
  outer.type("\x03");
  await outer.shows("code=130");
  expect(outer.screen()).toContain("✓ session 11111111-aaaa is stopped");
  expect(outer.screen()).toContain("`lap stop 22222222-bbbb` again makes");
  expect(server.deleted.sort()).toEqual(["11111111-aaaa", "22222222-bbbb"]);
});
