import { describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { TemporaryHome } from "../support/home.ts";
import { LAP } from "../support/lap.ts";
import { ScriptedSandbox } from "../support/sandbox.ts";
import { waitFor } from "../support/wait.ts";

function pipe(home: TemporaryHome, sandbox: ScriptedSandbox, command: string) {
  return Bun.spawn(["/bin/bash", "-c", command], {
    env: { PATH: process.env.PATH, HOME: home.path, LAP, ...sandbox.login },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
}

describe("without a terminal", () => {
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

  test("the program's own end ends it, though stdin goes on", async () => {
    using home = new TemporaryHome();
    await using sandbox = new ScriptedSandbox();
    const run = pipe(
      home,
      sandbox,
      "tail -f /dev/null | $LAP box --no-tty & wait %1; kill $(jobs -p); exit 0",
    );
    await sandbox.joined();
    sandbox.send("bye\r\n[bridge] process exited (code=0, signal=0)\r\n");
    sandbox.socket?.close();
    expect(await new Response(run.stdout).text()).toStartWith("bye\r\n");
    run.kill();
  });

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
    ["$LAP box --no-tty </tmp", 1, "✗ stdin cannot be read: EISDIR"],
    ["$LAP box --no-tty </dev/null >/dev/full", 1, "✗ stdout cannot be written to: ENOSPC"],
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

  test("a signal does not wait for a reader that is behind", async () => {
    using home = new TemporaryHome();
    await using sandbox = new ScriptedSandbox();
    const command = "($LAP box --no-tty </dev/null & echo $! >&2; wait $!; echo $? >&2) | sleep 60";
    const run = pipe(home, sandbox, command);
    const words = run.stderr.pipeThrough(new TextDecoderStream()).getReader();
    const pid = Number((await words.read()).value);
    await sandbox.joined();
    void sandbox.flood(Buffer.alloc(64 * 1024, "x"), 1_000);
    await waitFor(() => sandbox.held, "lap to be behind its reader");
    process.kill(pid, "SIGTERM");
    let said = "";
    while (!said.endsWith("143\n")) said += (await words.read()).value;
    expect(said).toContain("✗ detached by SIGTERM");
    run.kill();
  });
});
