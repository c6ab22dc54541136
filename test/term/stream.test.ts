import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { TtyStream } from "../../src/term/stream.ts";
import { settled } from "../support/clock.ts";
import { NamedPipe } from "../support/namedpipe.ts";
import { waitFor } from "../support/wait.ts";

/** More than a pipe has room for. */
const MUCH = "much ".repeat(100_000);

describe("a terminal's stream", () => {
  let pipe: NamedPipe;
  let stream: TtyStream;
  let events: string[];

  beforeEach(() => {
    pipe = new NamedPipe();
    stream = new TtyStream(pipe.writer, () => pipe.path);
    events = [];
    stream.on("error", ({ message }) => events.push(`error ${message.split(":")[0]}`));
  });

  afterEach(() => {
    stream.destroy();
    pipe[Symbol.dispose]();
  });

  /** Returns whether there is room for more. */
  function write(text: string, name = text): boolean {
    return stream.write(text, (error) => events.push(error ? `failed ${name}` : `took ${name}`));
  }

  /** Reads until all is written. */
  async function drained(): Promise<void> {
    await waitFor(() => {
      while (pipe.take(64 * 1024) > 0);
      return stream.pending === 0;
    }, "all to be written");
  }

  test("takes at once what the terminal takes at once", async () => {
    expect(write("words")).toBe(true);
    await settled();
    expect(events).toEqual(["took words"]);
    expect(stream.pending).toBe(0);
  });

  test("has no room behind a terminal that does not read, which holds up nothing else", async () => {
    expect(write(MUCH, "much")).toBe(false);
    write("words");
    await settled();
    expect(events).toEqual([]);
    expect(stream.pending).toBe(MUCH.length + "words".length);
    await drained();
  });

  test("writes all in order once the terminal reads, and tells of each write when that is done", async () => {
    write(MUCH, "much");
    for (const text of ["a", "b", "", "c"]) write(text, `'${text}'`);
    await drained();
    expect(pipe.text === `${MUCH}abc`).toBe(true);
    expect(events).toEqual(["took much", "took 'a'", "took 'b'", "took ''", "took 'c'"]);
  });

  test("drops what it is offered where it is behind, and what is not taken at once", async () => {
    stream.offer("frame ");
    pipe.fill();
    stream.offer("lost ");
    expect(stream.pending).toBe(0);
    write(MUCH, "much");
    while (pipe.take(64 * 1024) > 0);
    stream.offer("lost ");
    await drained();
    stream.offer("frame");
    while (pipe.take(64 * 1024) > 0);
    // Beside what filled the pipe.
    expect(pipe.text.replace(/\.+/, "") === `frame ${MUCH}frame`).toBe(true);
  });

  test("is gone once the terminal does not take what it is offered", async () => {
    pipe.leave();
    stream.offer("frame");
    await waitFor(() => events.length > 0, "an error");
    expect(events).toEqual(["error EPIPE"]);
  });

  test("fails all that waits once it is destroyed, and tells what the terminal has not taken", async () => {
    write(MUCH, "much");
    write("words");
    stream.destroy();
    expect(stream.pending).toBeGreaterThan(0);
    while (pipe.take(64 * 1024) > 0) await settled();
    await waitFor(() => events.length >= 2, "all to fail");
    expect(events.toSorted()).toEqual(["failed much", "failed words"]);
  });

  test("fails all that waits once the terminal is gone, and waits for nothing", async () => {
    write(MUCH, "much");
    write("words");
    pipe.leave();
    await waitFor(() => events.length >= 3, "all to fail");
    expect(events.toSorted()).toEqual(["error EPIPE", "failed much", "failed words"]);
    expect(stream.pending).toBe(0);
  });
});
