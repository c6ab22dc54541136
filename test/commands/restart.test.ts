import { describe, expect, test } from "bun:test";
import { Interrupted } from "../../src/errors.ts";
import { DemoPlatform, SHELL } from "../support/demo-platform.ts";
import { TemporaryHome } from "../support/home.ts";
import { runLap, type WorldOptions } from "../support/world.ts";

async function restart(
  flags: string[],
  { status, ...world }: Partial<WorldOptions> & { status?: "dead" | "failed" | "creating" } = {},
  spec = {},
  idLength = 36,
) {
  using home = new TemporaryHome();
  await using demo = new DemoPlatform({ agents: [{ ...SHELL, ...spec }] });
  const { id } = await demo.session();
  const session = demo.platform.sessions[0];
  if (status && session) session.status = status;
  if (status === "creating") setTimeout(() => session && (session.status = "ready"), 20);
  const { url: LAP_URL, key: LAP_KEY } = demo.platform;
  const outcome = await runLap(["restart", ...flags, id.slice(0, idLength)], {
    home: home.path,
    env: { LAP_URL, LAP_KEY },
    ...world,
  });
  const restarted = session?.timeline.filter(({ kind }) => kind === "recovered").length;
  return { ...outcome, id, restarted };
}

describe("lap restart", () => {
  test("--yes gives a fresh sandbox, and says how to join it", async () => {
    const { code, stdout, stderr, id, restarted } = await restart(["--yes"]);
    expect([code, stdout, restarted]).toEqual([0, "", 1]);
    expect(stderr).toEndWith(
      `✓ session ${id} is ready, with a fresh sandbox\n  \`lap attach ${id}\` joins it.\n`,
    );
  });

  test("-y is the same, and the start of an id is enough", async () => {
    expect((await restart(["-y"], {}, {}, 8)).restarted).toBe(1);
  });

  test("says what is lost, and asks", async () => {
    const answers: [string, string][] = [["Restart it?", "\x1b[B\r"]];
    const { code, stderr, restarted, id } = await restart([], { answers });
    expect(stderr).toStartWith(
      `! what is in the sandbox of session ${id} will be lost:\n  all files`,
    );
    expect(stderr).toContain("env_vars");
    expect([code, restarted]).toEqual([0, 1]);
  });

  test.each([
    ["Enter alone", "\r", 1, "nothing was changed\n"],
    ["Ctrl-C", "\x03", 130, ""],
  ])("changes nothing at %s", async (_, typed, expected, words) => {
    const { code, stderr, restarted } = await restart([], { answers: [["Restart it?", typed]] });
    expect([code, restarted]).toEqual([expected, 0]);
    expect(stderr).toContain(words);
  });

  test("of a chat says that the conversation is kept, and where it goes on", async () => {
    const answers: [string, string][] = [["Restart it?", "\x1b[B\r"]];
    const { stderr } = await restart([], { answers }, { harness_id: "opencode" });
    expect(stderr).toContain("The conversation is kept");
    expect(stderr).toEndWith("  It is a chat: the platform's web page opens it.\n");
  });

  test("without a terminal needs --yes", async () => {
    const { code, stderr, restarted, id } = await restart([]);
    expect([code, restarted]).toEqual([2, 0]);
    expect(stderr).toContain(`For scripts: lap restart --yes ${id}\n`);
  });

  test.each(["dead", "failed"] as const)(
    "of one that is %s loses nothing, and asks nothing",
    async (status) => {
      const { code, stderr, restarted } = await restart([], { status });
      expect([code, restarted]).toEqual([0, 1]);
      expect(stderr).not.toContain("will be lost");
    },
  );

  test("of one that is being started waits for that", async () => {
    const { code, stderr, restarted, id } = await restart([], { status: "creating" });
    expect([code, restarted]).toEqual([0, 0]);
    expect(stderr).toContain(
      `✓ session ${id} is ready; it was being started already, and not once more`,
    );
  });

  test("that is interrupted ends with 130", async () => {
    const signal = AbortSignal.abort(new Interrupted("SIGINT"));
    expect((await restart(["--yes"], { signal })).code).toBe(130);
  });

  test("of one that nobody knows says so", async () => {
    using home = new TemporaryHome();
    await using demo = new DemoPlatform();
    const { url: LAP_URL, key: LAP_KEY } = demo.platform;
    const { code, stderr } = await runLap(["restart", "-y", "s-1"], {
      home: home.path,
      env: { LAP_URL, LAP_KEY },
    });
    expect(code).toBe(1);
    expect(stderr).toStartWith(`✗ there is no session 's-1' on ${LAP_URL}\n`);
  });
});
