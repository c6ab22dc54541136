import { expect, test } from "bun:test";
import { join } from "node:path";
import { Pty } from "../support/pty.ts";
import { waitFor } from "../support/wait.ts";

const INPUT = join(import.meta.dir, "..", "..", "src", "term", "input.ts");

/**
 * Says what it reads, pauses after `a`, goes on at SIGUSR1, and after `d` lets another one read. At
 * SIGUSR2 it says that it had the time to read.
 */
const READER = `
  const { TtyInput } = await import(${JSON.stringify(INPUT)});
  process.on("SIGHUP", () => {});
  process.on("SIGUSR2", () => setTimeout(() => process.stdout.write("later "), 5));
  process.on("SIGUSR1", () => {
    process.stdout.write("resumed ");
    first.resume();
  });
  process.stdin.setRawMode(true);
  const first = new TtyInput({
    async data(bytes) {
      const text = Buffer.from(bytes).toString();
      process.stdout.write("first:" + text + " ");
      if (text.includes("a")) {
        first.pause();
        process.stdout.write("paused ");
      }
      if (!text.includes("d")) return;
      await first.close();
      new TtyInput({
        data: (bytes) => process.stdout.write("second:" + Buffer.from(bytes).toString() + " "),
        end: () => process.exit(7),
      });
      process.stdout.write("closed ");
    },
    end: () => process.exit(8),
  });
  process.stdout.write("ready ");
`;

test("input is paused, goes on, is left to the next reader, and ends with the terminal", async () => {
  using pty = new Pty([process.execPath, "-e", READER], { columns: 200 });
  await pty.shows("ready");
  pty.type("a");
  await pty.shows("paused");
  pty.type("bcd");
  pty.process.kill("SIGUSR2");
  await pty.shows("later");
  pty.process.kill("SIGUSR1");
  await pty.shows("closed");
  expect(pty.screen()).toMatch(/paused later resumed first:bcd closed$/);
  pty.type("efg");
  await pty.shows(/second:efg$/);
  pty.terminal.close();
  await waitFor(() => pty.process.exitCode !== null, "the reader to end");
  expect(pty.process.exitCode).toBe(7);
});
