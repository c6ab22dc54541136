import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { closeSync, openSync, readdirSync } from "node:fs";
import { TtyOutput } from "../../src/term/output.ts";
import { settled } from "../support/clock.ts";
import { NamedPipe } from "../support/namedpipe.ts";
import { waitFor } from "../support/wait.ts";

/** The most handed to one blocking write, and up to which writes are copied together. */
const POOL_WRITE_BYTES = 16 * 1024;
const SMALL_WRITE_BYTES = 2 * 1024;

/** What of a full pipe is taken out, and so the most that the next write into it can take: part of one. */
const ROOM_BYTES = 6_000;

/** Numbered lines of so many bytes in all: whatever is lost or doubled shows. */
function lines(bytes: number): string {
  return Array.from({ length: Math.ceil(bytes / 8) }, (_, line) => `${line}`.padStart(7) + "\n")
    .join("")
    .slice(0, bytes);
}

describe.each<[how: string, again: boolean]>([
  ["by pool writes alone", false],
  ["by the terminal opened again", true],
])("output %s", (_, again) => {
  let pipe: NamedPipe;
  let errors: unknown[];
  let output: TtyOutput;

  beforeEach(() => {
    pipe = new NamedPipe();
    errors = [];
    output = new TtyOutput(pipe.writer, again ? pipe.path : undefined, {
      written() {},
      error: (error) => void errors.push(error),
    });
  });

  afterEach(() => {
    output.close();
    pipe[Symbol.dispose]();
  });

  /** Reads until all is out. */
  async function drained(): Promise<string> {
    await waitFor(() => {
      while (pipe.take(POOL_WRITE_BYTES) > 0);
      return output.pending === 0;
    }, "all to be written");
    while (pipe.take(POOL_WRITE_BYTES) > 0);
    return pipe.text;
  }

  test.each<[what: string, writes: number[]]>([
    ["one write", [POOL_WRITE_BYTES]],
    ["more than one pool write takes", [10 * POOL_WRITE_BYTES + 1]],
    ["small writes behind a large one", [POOL_WRITE_BYTES, 1, 100, SMALL_WRITE_BYTES]],
    ["large and small ones by turns", [20_000, 1, SMALL_WRITE_BYTES + 1, 7, 20_000, 3, 5_000]],
    ["more small ones than are copied together", Array.from({ length: 100 }, () => 1_000)],
  ])(
    "of which the terminal takes a part goes on with the rest, whole and in order: %s",
    async (_what, writes) => {
      const text = lines(writes.reduce((sum, bytes) => sum + bytes, 0));
      pipe.fill();
      pipe.take(ROOM_BYTES);
      let at = 0;
      for (const bytes of writes) output.write(Buffer.from(text.slice(at, (at += bytes))));
      await waitFor(() => output.pending < text.length, "a part to be taken");
      expect(output.pending).toBeGreaterThanOrEqual(text.length - ROOM_BYTES);
      expect((await drained()) === text).toBe(true);
      expect(errors).toEqual([]);
    },
  );
});

// What was still queued went into whatever file had the closed descriptor's number next.
test("output that is closed writes nothing any more, and tells what the terminal has not taken", async () => {
  using pipe = new NamedPipe();
  let told = 0;
  const output = new TtyOutput(pipe.writer, pipe.path, {
    written: () => void told++,
    error() {},
  });
  pipe.fill();
  output.write(Buffer.from(lines(10 * POOL_WRITE_BYTES)));
  const { pending } = output;
  output.close();
  using other = new NamedPipe();
  const witness = new TtyOutput(other.writer, undefined, { written() {}, error() {} });
  output.write(Buffer.from("more"));
  other.fill();
  // It is tried again behind whatever was to be tried again before.
  witness.write(Buffer.from("the witness"));
  await settled();
  await waitFor(() => {
    while (pipe.take(POOL_WRITE_BYTES) > 0);
    while (other.take(POOL_WRITE_BYTES) > 0);
    return witness.pending === 0;
  }, "the witness to be written");
  while (other.take(POOL_WRITE_BYTES) > 0);
  expect([pipe.text, other.text]).toEqual(["", "the witness"]);
  expect([output.pending, told]).toEqual([pending, 0]);
});

test("output that nobody reads any more is an error, told once, and nothing waits", async () => {
  using pipe = new NamedPipe();
  const errors: string[] = [];
  const output = new TtyOutput(pipe.writer, undefined, {
    written() {},
    error: ({ code }) => void errors.push(`${code}`),
  });
  pipe.leave();
  output.write(Buffer.from("a"));
  output.write(Buffer.from("b"));
  await waitFor(() => errors.length > 0, "the error");
  output.write(Buffer.from("c"));
  expect([errors, output.pending]).toEqual([["EPIPE"], 0]);
});

// It was tried again for ever, without a pause.
describe.skipIf(process.platform !== "linux")("output of which nothing is ever taken", () => {
  test.each<[how: string, again: boolean]>([
    ["by pool writes alone", false],
    ["by the terminal opened again", true],
  ])("is an error, told once: %s", async (_, again) => {
    const sleep = Bun.spawn(["sleep", "infinity"]);
    const memory = `/proc/${sleep.pid}/mem`;
    const fd = openSync(memory, "r+");
    const errors: string[] = [];
    const output = new TtyOutput(fd, again ? memory : undefined, {
      written() {},
      error: ({ code }) => void errors.push(`${code}`),
    });
    sleep.kill();
    await sleep.exited;
    output.write(Buffer.from("a"));
    output.write(Buffer.from("b"));
    await waitFor(() => errors.length > 0, "the error");
    output.close();
    closeSync(fd);
    expect([errors, output.pending]).toEqual([["EIO"], 0]);
  });
});

test("output that is closed leaves no descriptor behind", () => {
  using pipe = new NamedPipe();
  const open = () => readdirSync("/dev/fd").length;
  const before = open();
  const output = new TtyOutput(pipe.writer, pipe.path, { written() {}, error() {} });
  expect(open()).toBe(before + 1);
  output.close();
  expect(open()).toBe(before);
});
