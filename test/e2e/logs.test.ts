import { expect, test } from "bun:test";
import { type Platform, startPlatform } from "../../src/demo/platform.ts";
import { createClient } from "../../src/api/client.ts";
import { createSession } from "../../src/api/sessions.ts";
import { TemporaryHome } from "../support/home.ts";
import { LAP } from "../support/lap.ts";
import { Pty } from "../support/pty.ts";
import { TtyPeer } from "../support/tty-peer.ts";
import { waitFor } from "../support/wait.ts";

/** A platform with a session whose program writes a line of its own ten times a second. */
async function writing(): Promise<{ platform: Platform; id: string; peer: TtyPeer }> {
  const script = "n=0; while :; do echo line $n; n=$((n + 1)); sleep 0.1; done";
  const command = ["/bin/sh", "-c", script];
  const platform = startPlatform({
    agents: [{ id: "a-1", name: "box", harness_id: "codex", command }],
  });
  const client = createClient({ base: platform.url, key: platform.key });
  const { id } = await createSession(client, "a-1");
  await waitFor(() => platform.sessions[0]?.status === "ready", "the session");
  const peer = await TtyPeer.open({
    url: `${platform.url.replace("http", "ws")}/api/v1/managed_agents/sessions/${id}/tty`,
    headers: { authorization: `Bearer ${platform.token}` },
  });
  await peer.shows("line 3");
  return { platform, id, peer };
}

function run(home: TemporaryHome, { url, key }: Platform, script: string) {
  return Bun.spawn(["/bin/bash", "-c", script], {
    env: { HOME: home.path, PATH: process.env.PATH, LAP_URL: url, LAP_KEY: key },
    stdout: "pipe",
    stderr: "pipe",
  });
}

test("a reader that has seen enough ends it, quietly", async () => {
  using home = new TemporaryHome();
  const { platform, id } = await writing();
  const lap = run(home, platform, `set -o pipefail; ${LAP} logs -f --pod ${id} | head -n 2`);
  expect(await new Response(lap.stdout).text()).toBe("line 0\nline 1\n");
  expect([await lap.exited, await new Response(lap.stderr).text()]).toEqual([0, ""]);
  await platform.stop();
});

test("each line is told once, and the session's end ends it", async () => {
  using home = new TemporaryHome();
  const { platform, id, peer } = await writing();
  const lap = run(home, platform, `${LAP} logs -f --pod ${id}`);
  let told = "";
  const reading = (async () => {
    for await (const chunk of lap.stdout) told += Buffer.from(chunk).toString();
  })();
  await waitFor(() => told.includes("line 30\n"), "thirty lines");
  const { key, url } = platform;
  await fetch(`${url}/api/v1/managed_agents/sessions/${id}`, {
    method: "DELETE",
    headers: { authorization: `Bearer ${key}` },
  });
  expect(await lap.exited).toBe(0);
  await reading;
  expect(await new Response(lap.stderr).text()).toBe(`session ${id} is dead\n`);
  const lines = told.trimEnd().split("\n");
  expect(lines).toEqual(Array.from(lines, (_, n) => `line ${n}`));
  peer.close();
  await platform.stop();
});

test("Ctrl-C ends it at once with 130", async () => {
  using home = new TemporaryHome();
  const { platform, id } = await writing();
  const { url: LAP_URL, key: LAP_KEY } = platform;
  using pty = new Pty([LAP, "logs", "-f", id], { env: { HOME: home.path, LAP_URL, LAP_KEY } });
  await pty.shows("line 3");
  pty.type("\x03");
  expect(await pty.exit()).toBe(130);
  await platform.stop();
});
