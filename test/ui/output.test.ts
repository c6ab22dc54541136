import { describe, expect, test } from "bun:test";
import { PassThrough, Writable } from "node:stream";
import { Interrupted } from "../../src/errors.ts";
import { deliver } from "../../src/ui/output.ts";

const going = new AbortController().signal;

describe("data that is delivered", () => {
  test("is written, and waited for", async () => {
    const taken: string[] = [];
    const slow = new Writable({
      write(chunk, _encoding, done) {
        setImmediate(() => {
          taken.push(String(chunk));
          done();
        });
      },
    });
    expect(await deliver(slow, "one", going)).toBe(true);
    expect(taken).toEqual(["one"]);
  });

  test("is nothing where there is nothing", async () => {
    const stream = new PassThrough();
    expect([await deliver(stream, "", going), stream.read()]).toEqual([true, null]);
  });

  test.each(["EPIPE", "ENOSPC"])("finds no reader after %s", async (code) => {
    const broken = new Writable({
      write: (_chunk, _encoding, done) => done(Object.assign(new Error("no"), { code })),
    });
    broken.on("error", () => {});
    expect(await deliver(broken, "one", going)).toBe(false);
    expect(await deliver(broken, "two", going)).toBe(false);
    expect(await deliver(broken, "", going)).toBe(false);
  });

  test("is not waited for after Ctrl-C", async () => {
    const abort = new AbortController();
    const stuck = new Writable({ write() {} });
    const reason = new Interrupted("SIGINT");
    const delivered = deliver(stuck, "one", abort.signal).catch((error: unknown) => error);
    abort.abort(reason);
    expect(await delivered).toBe(reason);
    expect(await deliver(stuck, "two", abort.signal).catch((error: unknown) => error)).toBe(reason);
  });
});
