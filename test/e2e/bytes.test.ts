import { describe, expect, test } from "bun:test";
import { TemporaryHome } from "../support/home.ts";
import { lap } from "../support/lap.ts";
import { join } from "../support/join.ts";
import { ScriptedSandbox } from "../support/sandbox.ts";
import { waitFor } from "../support/wait.ts";

describe("output", () => {
  test("a bare LF stays a bare LF, and every byte passes unchanged", async () => {
    using home = new TemporaryHome();
    await using sandbox = new ScriptedSandbox();
    using pty = await join(home, sandbox);
    const every = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
    sandbox.send(Buffer.concat([Buffer.from("<a\nb\r\nc"), every, Buffer.from(">")]));
    await waitFor(() => Buffer.concat(pty.output).includes(">"), "the output");
    const seen = Buffer.concat(pty.output);
    const from = seen.indexOf("<a\nb\r\nc");
    expect(from).toBeGreaterThanOrEqual(0);
    expect(seen.subarray(from + 7, from + 7 + 256)).toEqual(every);
  });

  test("a full-screen program that moves down with LF draws where it means to", async () => {
    using home = new TemporaryHome();
    await using sandbox = new ScriptedSandbox();
    using pty = await join(home, sandbox);
    sandbox.send("\x1b[?1049h\x1b[2J\x1b[3;10Hone\ntwo\nthree");
    await pty.shows("three");
    expect(pty.lines().slice(2, 5)).toEqual([
      "         one",
      "            two",
      "               three",
    ]);
  });

  test("UTF-8 cut at any byte, in text and in binary frames, arrives whole", async () => {
    using home = new TemporaryHome();
    await using sandbox = new ScriptedSandbox();
    using pty = await join(home, sandbox);
    const text = "é世🎉";
    const bytes = Buffer.from(text);
    for (let cut = 1; cut < bytes.length; cut++) {
      sandbox.send(bytes.subarray(0, cut));
      sandbox.send(bytes.subarray(cut));
      sandbox.send(text);
    }
    sandbox.send("\r\nend");
    await pty.shows("end");
    expect(pty.screen()).toBe(`${text.repeat((bytes.length - 1) * 2)}\nend`);
  });
});

describe("input", () => {
  test("the first frame is the size as text, and the token is in the header alone", async () => {
    using home = new TemporaryHome();
    await using sandbox = new ScriptedSandbox();
    using _pty = await join(home, sandbox);
    expect(sandbox.frames[0]?.binary).toBe(false);
    expect(sandbox.control[0]).toEqual({ type: "resize", cols: 80, rows: 24 });
    expect(sandbox.upgrade?.get("authorization")).toBe(`Bearer ${sandbox.token}`);
    expect(sandbox.requests.join("\n")).not.toContain(sandbox.token);
  });

  test("a 1 MiB paste that holds control messages, Ctrl-D and invalid UTF-8 is one frame", async () => {
    using home = new TemporaryHome();
    await using sandbox = new ScriptedSandbox();
    using pty = await join(home, sandbox);
    const nasty = Buffer.from(
      '{"type":"resize","cols":1,"rows":1}\x04\x1b[100;5u\xff\xfe\x80\x00\x1d',
      "latin1",
    );
    const body = Buffer.alloc(1024 * 1024, nasty);
    const paste = Buffer.concat([Buffer.from("\x1b[200~"), body, Buffer.from("\x1b[201~")]);
    pty.type(paste);
    await waitFor(() => sandbox.input.length >= paste.length, "the paste");
    const frames = sandbox.frames.filter(({ binary }) => binary);
    expect(frames).toHaveLength(1);
    expect(sandbox.input.equals(paste)).toBe(true);
    expect(pty.process.exitCode).toBeNull();
  });

  test("typed bytes of every value arrive in order as binary frames", async () => {
    using home = new TemporaryHome();
    await using sandbox = new ScriptedSandbox();
    using pty = await join(home, sandbox, ["--detach-keys", "none", "--escape-key", "none"]);
    const every = Buffer.from(Array.from({ length: 256 * 64 }, (_, byte) => (byte * 7) % 256));
    pty.type(every);
    await waitFor(() => sandbox.input.length >= every.length, "the bytes");
    expect(sandbox.input.equals(every)).toBe(true);
    expect(sandbox.control).toHaveLength(1);
  });

  test("a lone Escape and a broken-off sequence reach the sandbox", async () => {
    using home = new TemporaryHome();
    await using sandbox = new ScriptedSandbox();
    using pty = await join(home, sandbox);
    pty.type("\x1b");
    await sandbox.received("\x1b");
    pty.type("\x1b[20");
    await sandbox.received("\x1b\x1b[20");
  });
});

describe("detach keys", () => {
  for (const [name, key] of [
    ["the control byte", "\x04"],
    ["kitty's encoding", "\x1b[100;5u"],
    ["kitty's encoding of a press", "\x1b[100;5:1u"],
    ["kitty's encoding with caps and num lock on", "\x1b[100;197u"],
    ["modifyOtherKeys", "\x1b[27;5;100~"],
  ] as const) {
    test(`Ctrl-D as ${name} detaches amid a burst: what stood before is sent, the rest dropped`, async () => {
      using home = new TemporaryHome();
      await using sandbox = new ScriptedSandbox();
      using pty = await join(home, sandbox);
      pty.type(`before${key}after`);
      expect(await pty.exit()).toBe(0);
      expect(sandbox.input.toString()).toBe("before");
      expect(pty.text()).toContain("detached — the session lives on. Return to it with: lap box");
    });
  }

  test("a key release and a Ctrl-D inside a paste do not detach", async () => {
    using home = new TemporaryHome();
    await using sandbox = new ScriptedSandbox();
    using pty = await join(home, sandbox);
    const typed = "\x1b[100;5:3u\x1b[200~a\x04b\x1b[201~z";
    pty.type(typed);
    await sandbox.received("z");
    expect(sandbox.input.toString()).toBe(typed);
  });

  test("docker's sequence detaches when complete, and is sent on when it is not", async () => {
    using home = new TemporaryHome();
    await using sandbox = new ScriptedSandbox();
    using pty = await join(home, sandbox, ["--detach-keys", "ctrl-p,ctrl-q"]);
    pty.type("\x04\x10x");
    await sandbox.received("\x04\x10x");
    pty.type("\x10");
    await sandbox.received("\x04\x10x\x10");
    pty.type("\x10\x11");
    expect(await pty.exit()).toBe(0);
    expect(sandbox.input.toString()).toBe("\x04\x10x\x10");
  });

  test("Ctrl-D typed while the connection is made detaches, and what stood before is sent", async () => {
    using home = new TemporaryHome();
    await using sandbox = new ScriptedSandbox();
    const gate = Promise.withResolvers<void>();
    sandbox.gate = gate.promise;
    using pty = lap(home, [sandbox.agent], { env: sandbox.login });
    await waitFor(() => sandbox.upgrade !== undefined, "the upgrade");
    pty.type("ls\r\x04");
    gate.resolve();
    expect(await pty.exit()).toBe(0);
    expect(sandbox.input.toString()).toBe("ls\r");
    expect(pty.screen()).not.toContain("ls");
  });

  test("keys that cannot be typed or would swallow text are refused before anything is made", async () => {
    using home = new TemporaryHome();
    await using sandbox = new ScriptedSandbox();
    for (const keys of ["ctrl-1", "a", "ctrl-[", "ctrl-m", "ctrl-]"]) {
      using pty = lap(home, [sandbox.agent, "--detach-keys", keys], { env: sandbox.login });
      expect(await pty.exit()).toBe(2);
      expect(pty.text()).toContain("✗ ");
    }
    expect(sandbox.requests).toEqual([]);
  });
});
