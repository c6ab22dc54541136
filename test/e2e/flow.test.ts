import { describe, expect, test } from "bun:test";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { runsChild } from "../support/children.ts";
import { TemporaryHome } from "../support/home.ts";
import { inFront, WAITING_STTY } from "../support/infront.ts";
import { join, TAKEN_OVER } from "../support/join.ts";
import { LAP } from "../support/lap.ts";
import { Pty } from "../support/pty.ts";
import { ScriptedSandbox } from "../support/sandbox.ts";
import { waitFor } from "../support/wait.ts";

const CHUNK = Buffer.from(
  Array.from({ length: 4096 }, (_, line) => `line ${line} of the flood`.padEnd(62) + "\r\n").join(
    "",
  ),
);
const CHUNKS = 128; // 32 MiB
/** What a PTY gives per read, and so the usual frame. */
const FRAME = CHUNK.subarray(0, 4096);
const FRAMES = 8192;
const FLOOD_BYTES = FRAME.length * FRAMES;

describe("a terminal that does not read", () => {
  test("keys still reach the sandbox, memory stays flat, and every byte arrives afterwards", async () => {
    using home = new TemporaryHome();
    await using sandbox = new ScriptedSandbox();
    using pty = await join(home, sandbox, [], { emulate: false });
    pty.stall(true);
    const before = peakMemory(pty.process.pid);
    const flooded = sandbox.flood(CHUNK, CHUNKS);
    await waitFor(() => sandbox.held, "the flood to be held back");
    pty.type("k");
    await sandbox.received("k");
    expect(peakMemory(pty.process.pid) - before).toBeLessThan(24 * 1024 * 1024);
    pty.stall(false);
    await flooded;
    const expected = CHUNK.length * CHUNKS;
    const start = Buffer.from(TAKEN_OVER).length;
    const received = () => pty.output.reduce((sum, { length }) => sum + length, 0);
    await waitFor(() => received() >= expected, "every byte");
    const seen = Buffer.concat(pty.output);
    const from = seen.indexOf(TAKEN_OVER) + start;
    for (let chunk = 0; chunk < CHUNKS; chunk++) {
      const at = from + chunk * CHUNK.length;
      if (!seen.subarray(at, at + CHUNK.length).equals(CHUNK)) throw new Error(`chunk ${chunk}`);
    }
  });

  test("lap can be left, and leaves no mode on", async () => {
    using home = new TemporaryHome();
    await using sandbox = new ScriptedSandbox();
    using pty = await join(home, sandbox);
    sandbox.send("\x1b[?1049h\x1b[?1000hremote screen");
    await pty.shows("remote screen");
    pty.stall(true);
    void sandbox.flood(CHUNK, CHUNKS);
    await waitFor(() => sandbox.held, "the flood to be held back");
    pty.type("\x04");
    await waitFor(() => sandbox.socket === undefined, "the connection to be closed");
    pty.stall(false);
    expect(await pty.exit()).toBe(0);
    expect(pty.emulator.buffer.active.type).toBe("normal");
    expect(pty.emulator.modes.mouseTrackingMode).toBe("none");
    expect(pty.screen()).toContain("detached");
  });

  const onLinux = test.skipIf(process.platform !== "linux");
  onLinux.each([["Ctrl-D", "\x04"] as const, ["the lap key and d", "\x1dd"] as const])(
    "%s leaves lap, though SIGCONT came meanwhile",
    async (_, keys) => {
      using home = new TemporaryHome();
      await using sandbox = new ScriptedSandbox();
      const env = { PATH: inFront(home.path, "stty", WAITING_STTY) };
      using pty = await join(home, sandbox, [], { env });
      pty.stall(true);
      void sandbox.flood(CHUNK, CHUNKS);
      await waitFor(() => sandbox.held, "the flood to be held back");
      // Only behind a key is it sure that the terminal takes no more.
      pty.type("k");
      await sandbox.received("k");
      pty.process.kill("SIGCONT");
      await runsChild(pty.process.pid, "stty");
      pty.type(keys);
      await waitFor(() => sandbox.socket === undefined, "the connection to be closed");
      // Nothing is asked to repaint before the terminal is raw again.
      expect(sandbox.control.length).toBe(1);
      pty.stall(false);
      expect(await pty.exit()).toBe(0);
      expect(pty.screen()).toContain("detached");
    },
  );

  test("a hundred thousand tiny frames cost little more memory than their bytes", async () => {
    using home = new TemporaryHome();
    await using sandbox = new ScriptedSandbox();
    using pty = await join(home, sandbox, [], { emulate: false });
    pty.stall(true);
    const before = peakMemory(pty.process.pid);
    const FRAMES = 100_000;
    for (let frame = 0; frame < FRAMES; frame++) sandbox.send(frame % 80 === 79 ? "\n" : "x");
    pty.type("k");
    await sandbox.received("k");
    expect(peakMemory(pty.process.pid) - before).toBeLessThan(40 * 1024 * 1024);
    pty.stall(false);
    const received = () => pty.output.reduce((sum, { length }) => sum + length, 0);
    await waitFor(() => received() >= FRAMES, "every byte");
  });

  // What is there after Ctrl-C has to be shown before the program's answer to it.
  onLinux("little is on its way to a terminal that is slow from the start", async () => {
    using home = new TemporaryHome();
    await using sandbox = new ScriptedSandbox();
    using pty = await join(home, sandbox, [], { emulate: false });
    pty.stall(true);
    const flooded = sandbox.flood(FRAME, FRAMES);
    await waitFor(() => sandbox.held, "the flood to be held back");
    expect(await unreadBytes(sandbox.port)).toBeLessThanOrEqual(256 * 1024);
    pty.stall(false);
    await flooded;
    await waitFor(() => shown(pty) >= FLOOD_BYTES, "every byte");
  });

  test("lap can be left while it is behind", async () => {
    using home = new TemporaryHome();
    await using sandbox = new ScriptedSandbox();
    using pty = await join(home, sandbox, [], { emulate: false });
    pty.stall(true);
    void sandbox.flood(CHUNK, CHUNKS);
    await waitFor(() => sandbox.held, "the flood to be held back");
    pty.type("\x04");
    await waitFor(() => sandbox.socket === undefined, "the connection to be closed");
    pty.stall(false);
    expect(await pty.exit()).toBe(0);
  });
});

// GNU's dd sets the flag on whatever it shares its output with, as a careless program does.
test.skipIf(process.platform !== "linux")(
  "a terminal that another program makes non-blocking still gets every byte, and can be left",
  async () => {
    const FEW = 8;
    using home = new TemporaryHome();
    await using sandbox = new ScriptedSandbox();
    const [go, done] = [`${home.path}/go`, `${home.path}/done`];
    const careless = `(until [ -e ${go} ]; do sleep 0.02; done; dd if=/dev/null oflag=nonblock; : > ${done})`;
    const script = `${careless} 2>/dev/null & exec ${LAP} ${sandbox.agent}`;
    const env = { HOME: home.path, ...sandbox.login };
    using pty = new Pty(["sh", "-c", script], { env, emulate: false });
    await sandbox.joined();
    pty.stall(true);
    await sandbox.flood(CHUNK, FEW);
    writeFileSync(go, "");
    await waitFor(() => existsSync(done), "the terminal to be non-blocking");
    pty.stall(false);
    const received = () => pty.output.reduce((sum, { length }) => sum + length, 0);
    await waitFor(() => received() >= CHUNK.length * FEW, "every byte");
    pty.type("\x04");
    expect(await pty.exit()).toBe(0);
    const shown = Buffer.concat(pty.output);
    const from = shown.indexOf(CHUNK);
    const flood = shown.subarray(from, from + CHUNK.length * FEW);
    expect(flood.equals(Buffer.alloc(flood.length, CHUNK))).toBe(true);
  },
);

function shown(pty: Pty): number {
  return pty.output.reduce((sum, { length }) => sum + length, 0);
}

/** The most that the kernel holds unread of any connection to a port of this machine, in bytes, once it is full. */
async function unreadBytes(port: number): Promise<number> {
  const remote = `:${port.toString(16).padStart(4, "0").toUpperCase()}`;
  const look = () => {
    const connections = readFileSync("/proc/net/tcp", "utf8").split("\n").slice(1);
    const fields = connections.map((line) => line.trim().split(/\s+/));
    const toIt = fields.filter(([, , to]) => to?.endsWith(remote));
    return Math.max(
      0,
      ...toIt.map(([, , , , queues]) => parseInt(queues?.split(":")[1] ?? "", 16)),
    );
  };
  let unread = -1;
  await waitFor(() => {
    const before = unread;
    unread = look();
    return unread > 0 && unread === before;
  }, "the connection to be full");
  return unread;
}

/** The most memory a process has held, in bytes; 0 where the system does not say. */
function peakMemory(pid: number): number {
  if (process.platform !== "linux") return 0;
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]) * 1024;
}

describe("sizes", () => {
  for (const [columns, rows] of [
    [1, 1],
    [500, 200],
  ] as const) {
    test(`${columns}x${rows} is sent as it is, first and on a change`, async () => {
      using home = new TemporaryHome();
      await using sandbox = new ScriptedSandbox();
      using pty = await join(home, sandbox, [], { columns, rows });
      expect(sandbox.frames[0]?.binary).toBe(false);
      expect(sandbox.control[0]).toEqual({ type: "resize", cols: columns, rows });
      pty.resize(columns + 1, rows + 1);
      await waitFor(() => sandbox.control.length > 1, "the new size");
      expect(sandbox.control.at(-1)).toEqual({ type: "resize", cols: columns + 1, rows: rows + 1 });
    });
  }

  test("a storm of changes ends with the last one, and is not passed on one by one", async () => {
    using home = new TemporaryHome();
    await using sandbox = new ScriptedSandbox();
    using pty = await join(home, sandbox);
    const STEPS = 50;
    for (let step = 1; step <= STEPS; step++) pty.resize(80 + step, 24);
    await waitFor(
      () => (sandbox.control.at(-1) as { cols: number }).cols === 80 + STEPS,
      "the last size",
    );
    expect(sandbox.control.length).toBeLessThan(STEPS / 2);
  });

  test("no size is sent where the terminal does not know it", async () => {
    using home = new TemporaryHome();
    await using sandbox = new ScriptedSandbox();
    using pty = await join(home, sandbox, [], { unsized: true });
    pty.type("typed");
    await sandbox.received("typed");
    expect(sandbox.control).toEqual([]);
  });
});

test("--read-only sends neither input nor size, and still detaches", async () => {
  using home = new TemporaryHome();
  await using sandbox = new ScriptedSandbox();
  using pty = await join(home, sandbox, ["--read-only"], { attach: true });
  sandbox.send("watched\r\n");
  await pty.shows("watched");
  pty.type("typed");
  pty.resize(90, 30);
  pty.type("\x1d?");
  await pty.shows("connection info");
  pty.type(" \x04");
  expect(await pty.exit()).toBe(0);
  expect(sandbox.frames).toEqual([]);
});
