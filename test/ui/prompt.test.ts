import { describe, expect, test } from "bun:test";
import { PassThrough, Writable } from "node:stream";
import { Interrupted } from "../../src/errors.ts";
import { askOne, askSecret, askText, canPrompt, type PromptStreams } from "../../src/ui/prompt.ts";

/** Streams of a terminal at which `typed` is typed once something is asked. */
function streams(
  typed: string,
  signal = new AbortController().signal,
  suspend = async (_stdin: PassThrough) => {},
) {
  let shown = "";
  let asked = false;
  const stdin = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => {} });
  const stderr = Object.assign(
    new Writable({
      write(chunk, _encoding, done) {
        shown += String(chunk);
        if (!asked) setImmediate(() => stdin.write(typed));
        asked = true;
        done();
      },
    }),
    { isTTY: true, columns: 80 },
  );
  const io = { stdin, stderr, signal, suspend: () => suspend(stdin) } satisfies PromptStreams;
  return { streams: io, shown: () => shown };
}

const anything = { validate: () => undefined };
const CHOICES = ["one", "two", "three"].map((label) => ({ value: { label }, label }));
const MANY = Array.from({ length: 30 }, (_, index) => ({ value: index, label: `agent ${index}` }));

describe("answers", () => {
  test("a line of text", async () => {
    expect(await askText(streams("lap.acme.dev\r").streams, "URL:", anything)).toBe("lap.acme.dev");
  });

  test("Enter alone takes what is offered, and that is checked too", async () => {
    const checked: string[] = [];
    const options = {
      initial: "saved",
      validate: (text: string) => {
        checked.push(text);
        return undefined;
      },
    };
    expect(await askText(streams("\r").streams, "URL:", options)).toBe("saved");
    expect(checked).toContain("saved");
  });

  test("a secret is not shown", async () => {
    const { streams: io, shown } = streams("hunter2-hunter2\r");
    expect(await askSecret(io, "Key:")).toBe("hunter2-hunter2");
    expect(shown()).toContain("•");
    expect(shown()).not.toContain("hunter2");
  });

  test("one of few, with the arrow keys", async () => {
    expect(await askOne(streams("\x1b[B\r").streams, "Which?", CHOICES)).toEqual({ label: "two" });
  });

  test("one of many, by typing a part of it", async () => {
    expect(await askOne(streams("agent 17\r").streams, "Which?", MANY)).toBe(17);
  });
});

describe("what is typed ahead", () => {
  test.each([
    ["with Enter", "lap.acme.dev\rhunter2-hunter2\r\x1b[B\rls"],
    ["before the question, which makes LF of Enter", "lap.acme.dev\nhunter2-hunter2\n\x1b[B\nls"],
    ["by a paste of lines that end in CR LF", "lap.acme.dev\r\nhunter2-hunter2\r\n\x1b[B\r\nls"],
  ])("goes to one question after the other, %s", async (_, typed) => {
    const { streams: io } = streams(typed);
    expect(await askText(io, "URL:", anything)).toBe("lap.acme.dev");
    expect(await askSecret(io, "Key:")).toBe("hunter2-hunter2");
    expect(await askOne(io, "Which?", CHOICES)).toEqual({ label: "two" });
    expect(String(io.stdin.read())).toBe("ls");
  });

  test("goes to the same question where an answer is not taken", async () => {
    const { streams: io } = streams("no\r!\rnext");
    const validate = (text: string) => (text === "no" ? "Not that." : undefined);
    expect(await askText(io, "URL:", { validate })).toBe("no!");
    expect(String(io.stdin.read())).toBe("next");
  });
});

describe("no answer", () => {
  const asks = [
    ["text", (io: PromptStreams) => askText(io, "URL:", anything)],
    ["secret", (io: PromptStreams) => askSecret(io, "Key:")],
    ["choice", (io: PromptStreams) => askOne<unknown>(io, "Which?", CHOICES)],
    ["long choice", (io: PromptStreams) => askOne<unknown>(io, "Which?", MANY)],
  ] as const;

  test.each(asks)("Ctrl-C at a %s ends with 130", async (_, ask) => {
    const ended = await ask(streams("\x03").streams).catch((error: unknown) => error);
    expect(ended).toBeInstanceOf(Interrupted);
    expect((ended as Interrupted).exitCode).toBe(130);
  });

  test.each(asks)("SIGTERM at a %s ends with its own code", async (_, ask) => {
    const abort = new AbortController();
    const { streams: io } = streams("", abort.signal);
    const asked = ask(io).catch((error: unknown) => error);
    setImmediate(() => abort.abort(new Interrupted("SIGTERM")));
    expect(((await asked) as Interrupted).exitCode).toBe(143);
  });
});

describe("Ctrl-Z", () => {
  test("stops lap, and the question is asked anew when it goes on", async () => {
    const { streams: io, shown } = streams("typed before\x1a", undefined, async (stdin) => {
      setImmediate(() => stdin.write("typed after\r"));
    });
    expect(await askText(io, "URL:", anything)).toBe("typed after");
    expect(shown().split("URL:").length).toBeGreaterThan(2);
  });

  test("and a SIGTERM meanwhile: nothing is asked, of a terminal that is the shell's", async () => {
    const abort = new AbortController();
    const raw: boolean[] = [];
    const { streams: io } = streams("\x1a", abort.signal, async () => {
      raw.length = 0;
      abort.abort(new Interrupted("SIGTERM"));
    });
    const stdin = Object.assign(io.stdin, { setRawMode: (on: boolean) => void raw.push(on) });
    const ended = await askText({ ...io, stdin }, "URL:", anything).catch(
      (error: unknown) => error,
    );
    expect((ended as Interrupted).exitCode).toBe(143);
    expect(raw).toEqual([]);
  });
});

test.each([
  ["a terminal on both sides", true, true, true],
  ["a pipe for stdin", false, true, false],
  ["a log for stderr", true, false, false],
])("somebody is there to answer: %s", (_, stdin, stderr, expected) => {
  const { streams: io } = streams("");
  io.stdin.isTTY = stdin;
  io.stderr.isTTY = stderr;
  expect(canPrompt(io)).toBe(expected);
});
