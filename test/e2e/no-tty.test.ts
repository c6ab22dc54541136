import { describe, expect, test } from "bun:test";
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
});
