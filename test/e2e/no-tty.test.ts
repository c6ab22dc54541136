import { describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { ManualClock } from "../support/clock.ts";
import { DemoPlatform, SHELL } from "../support/demo-platform.ts";
import { FaultProxy } from "../support/fault-proxy.ts";
import { TemporaryHome } from "../support/home.ts";
import { LAP } from "../support/lap.ts";
import { ScriptedSandbox } from "../support/sandbox.ts";
import { waitFor } from "../support/wait.ts";
import { type Outcome, runLap } from "../support/world.ts";

const FAREWELL = "[bridge] process exited (code=0, signal=0)\r\n";
/** Makes 3 an input that neither has anything nor ends. */
const ENDLESS = "mkfifo ~/endless; exec 3<>~/endless";

function pipe(home: TemporaryHome, sandbox: ScriptedSandbox, command: string) {
  return Bun.spawn(["/bin/bash", "-c", command], {
    env: { PATH: process.env.PATH, HOME: home.path, LAP, ...sandbox.login },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
}

describe("without a terminal", () => {
  // It was never noticed: the input was lost, and lap ended with 0.
  test("a link that is dead is noticed, and what may be lost is told", async () => {
    using home = new TemporaryHome();
    await using sandbox = new ScriptedSandbox();
    using proxy = new FaultProxy(sandbox.port);
    proxy.set({ kind: "drop" }, { at: "attached" });
    const clock = new ManualClock();
    const env = { ...sandbox.login, LAP_URL: proxy.url };
    let outcome: Outcome | undefined;
    void runLap(["box", "--no-tty"], { home: home.path, env, clock, stdin: "deploy\n" }).then(
      (ended) => (outcome = ended),
    );
    await waitFor(() => proxy.hits > 0, "lap to have joined");
    await waitFor(async () => {
      await clock.advance(50);
      return outcome !== undefined;
    }, "lap to notice");
    expect(outcome?.code).toBe(255);
    expect(outcome?.stderr).toStartWith(
      "✗ [ws closed] the connection was lost (1006: no answer in time)\n" +
        "  7 bytes of your input may not have arrived.\n",
    );
    expect(clock.now()).toBeLessThan(25_000);
    expect(sandbox.input.toString()).toBe("");
  });

  test("a shell that takes longer to start than the quiet second is waited for", async () => {
    using home = new TemporaryHome();
    await using demo = new DemoPlatform({
      agents: [{ ...SHELL, command: ["/bin/sh", "-c", "sleep 1.6; exec sh -i"] }],
    });
    const { url: LAP_URL, key: LAP_KEY } = demo.platform;
    const run = Bun.spawn(["/bin/sh", "-c", `echo 'echo "RES"ULT' | "$0" shell --no-tty`, LAP], {
      env: { PATH: process.env.PATH, HOME: home.path, LAP_URL, LAP_KEY },
      stdout: "pipe",
      stderr: "ignore",
    });
    expect(await new Response(run.stdout).text()).toContain("RESULT");
    expect(await run.exited).toBe(0);
  });

  for (const command of [
    "$LAP box </dev/null",
    "$LAP box | cat",
    "$LAP attach some-id </dev/null",
  ]) {
    test(`${command} says that it needs one, and makes no session`, async () => {
      using home = new TemporaryHome();
      await using sandbox = new ScriptedSandbox();
      const run = pipe(home, sandbox, `set -o pipefail; ${command}`);
      expect(await run.exited).toBe(2);
      expect(await new Response(run.stderr).text()).toContain("✗ lap needs a terminal");
      expect(sandbox.requests).toEqual([]);
    });
  }

  test("echo | lap --no-tty sends stdin as it is and prints the output as it is", async () => {
    using home = new TemporaryHome();
    await using sandbox = new ScriptedSandbox();
    const run = pipe(home, sandbox, "printf 'ls\\n\\004\\035' | $LAP box --no-tty");
    await sandbox.received("ls\n\x04\x1d");
    sandbox.send("one\r\n");
    sandbox.send(Buffer.from("two\n\xff", "latin1"));
    expect(await run.exited).toBe(0);
    const printed = Buffer.from(await new Response(run.stdout).arrayBuffer());
    expect(printed).toEqual(Buffer.from("one\r\ntwo\n\xff", "latin1"));
    expect(sandbox.control).toEqual([]);
  });

  for (const [name, code, say, close] of [
    ["the program's own end", 0, `bye\r\n${FAREWELL}`, (it) => it.socket?.close()],
    ["a path that drops, whatever was said before,", 255, FAREWELL, (it) => it.socket?.terminate()],
    ["a close behind other words", 255, "words", (it) => it.socket?.close(1001, "going away")],
  ] as [string, number, string, (sandbox: ScriptedSandbox) => void][]) {
    test(`${name} ends it with ${code}, though stdin goes on`, async () => {
      using home = new TemporaryHome();
      await using sandbox = new ScriptedSandbox();
      const run = pipe(home, sandbox, `${ENDLESS}; exec $LAP box --no-tty <&3`);
      await sandbox.joined();
      sandbox.send(say);
      const printed = run.stdout.pipeThrough(new TextDecoderStream()).getReader();
      for (let text = ""; !text.endsWith(say);) text += (await printed.read()).value;
      close(sandbox);
      expect(await run.exited).toBe(code);
    });
  }

  test("a reader that goes away ends it quietly", async () => {
    using home = new TemporaryHome();
    await using sandbox = new ScriptedSandbox();
    const run = pipe(home, sandbox, "echo x | $LAP box --no-tty | head -c 3");
    await sandbox.joined();
    sandbox.send("abcdef");
    await waitFor(() => {
      sandbox.send("more\n");
      return sandbox.socket === undefined;
    }, "lap to leave");
    expect(await new Response(run.stdout).text()).toBe("abc");
    expect(await new Response(run.stderr).text()).not.toMatch(/✗|error|EPIPE/);
  });

  test("a megabyte each way is neither cut nor held", async () => {
    using home = new TemporaryHome();
    await using sandbox = new ScriptedSandbox();
    const size = 1024 * 1024;
    const run = pipe(home, sandbox, `head -c ${size} /dev/zero | $LAP box --no-tty | wc -c`);
    await waitFor(() => sandbox.input.length === size, "the input");
    await sandbox.flood(Buffer.alloc(64 * 1024, "x"), 16);
    expect((await new Response(run.stdout).text()).trim()).toBe(`${size}`);
  });

  // It ended after a second of holding the sandbox back: 159,744 bytes arrived, exit code 0.
  test("a reader slower than the quiet time gets everything", async () => {
    using home = new TemporaryHome();
    await using sandbox = new ScriptedSandbox();
    const run = pipe(home, sandbox, "echo go | $LAP box --no-tty | (sleep 2; wc -c)");
    await sandbox.received("go");
    await sandbox.flood(Buffer.alloc(64_000, "x"), 64);
    expect((await new Response(run.stdout).text()).trim()).toBe("4096000");
  });

  for (const [command, code, said] of [
    ["$LAP --help >/dev/full", 1, "✗ stdout cannot be written to (ENOSPC)"],
    // A reader of stderr that went away made it exit 1.
    ["(sleep 0.3; $LAP box --no-tty </dev/null 2>&1 >/dev/null) | true", 0, ""],
    ["$LAP box --no-tty <&-", 0, "detached"],
  ] as const) {
    test.skipIf(command.includes("/dev/full") && !existsSync("/dev/full"))(
      `${command} exits with ${code}`,
      async () => {
        using home = new TemporaryHome();
        await using sandbox = new ScriptedSandbox();
        const run = pipe(home, sandbox, `set -o pipefail; ${command}`);
        if (command.includes("--no-tty <")) {
          await Promise.race([sandbox.joined(), run.exited]);
          sandbox.send("text\n");
        }
        expect(await run.exited).toBe(code);
        const words = await new Response(run.stderr).text();
        expect(words).toContain(said);
        expect(words.split("✗").length - 1).toBe(code);
      },
    );
  }

  // Each made a session, and left it without a word.
  for (const [streams, said] of [
    ["</tmp", "stdin cannot be read: EISDIR"],
    ["0>~/file", "stdin cannot be read: EBADF"],
    // What nohup gives for a stdin that is a terminal.
    ["0>/dev/null", "stdin cannot be read: EBADF"],
    ["</dev/null 1</dev/null", "stdout cannot be written to: EBADF"],
    ["</dev/null >/dev/full", "stdout cannot be written to: ENOSPC"],
  ] as const) {
    test.skipIf(streams.includes("/dev/full") && !existsSync("/dev/full"))(
      `${streams} is refused before a session is made`,
      async () => {
        using home = new TemporaryHome();
        await using sandbox = new ScriptedSandbox();
        const run = pipe(home, sandbox, `$LAP box --no-tty ${streams}`);
        expect(await run.exited).toBe(1);
        expect(await new Response(run.stderr).text()).toStartWith(`✗ ${said}`);
        expect(sandbox.requests).toEqual([]);
      },
    );
  }

  // It named no session, though that lives on.
  test("a stdout that fails later names the session that is left", async () => {
    using home = new TemporaryHome();
    await using sandbox = new ScriptedSandbox();
    const limited = "trap '' XFSZ; ulimit -f 1; exec $LAP box --no-tty </dev/null >~/output";
    const run = pipe(home, sandbox, limited);
    await sandbox.joined();
    sandbox.send("x".repeat(4096));
    expect(await run.exited).toBe(1);
    const words = await new Response(run.stderr).text();
    expect(words).toStartWith("✗ stdout cannot be written to: EFBIG");
    expect(words).toContain(`\`lap stop ${sandbox.session}\` ends it.`);
  });

  // It ended with 129, though nohup had asked for the opposite.
  for (const [signal, start] of [
    ["SIGHUP", "exec nohup $LAP"],
    ["SIGHUP", "trap '' HUP; exec $LAP"],
    ["SIGTERM", "trap '' TERM; exec $LAP"],
    ["SIGINT", "trap '' INT; exec $LAP"],
  ] as const) {
    test.skipIf(process.platform !== "linux")(`${start} does not end by ${signal}`, async () => {
      using home = new TemporaryHome();
      await using sandbox = new ScriptedSandbox();
      const run = pipe(home, sandbox, `${ENDLESS}; ${start} box --no-tty <&3`);
      await waitFor(() => sandbox.pings > 0, "lap to have joined");
      run.kill(signal);
      sandbox.send(FAREWELL);
      sandbox.socket?.close();
      expect(await run.exited).toBe(0);
    });
  }

  test("a signal does not wait long for a reader that is behind", async () => {
    using home = new TemporaryHome();
    await using sandbox = new ScriptedSandbox();
    const command = "($LAP box --no-tty </dev/null & echo $! >&2; wait $!; echo $? >&2) | sleep 60";
    const run = pipe(home, sandbox, command);
    const words = run.stderr.pipeThrough(new TextDecoderStream()).getReader();
    const pid = Number((await words.read()).value);
    // The sandbox sees a connection before lap does.
    await waitFor(() => sandbox.pings > 0, "lap to have joined");
    void sandbox.flood(Buffer.alloc(64 * 1024, "x"), 1_000);
    await waitFor(() => sandbox.held, "lap to be behind its reader");
    process.kill(pid, "SIGTERM");
    let said = "";
    while (!said.endsWith("143\n")) said += (await words.read()).value;
    expect(said).toContain("✗ detached by SIGTERM");
    run.kill();
  });
});
