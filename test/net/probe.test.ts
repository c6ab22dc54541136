import { expect, test } from "bun:test";
import { probe } from "../../src/net/probe.ts";
import { closedUrl } from "../support/stub-server.ts";
import { waitFor } from "../support/wait.ts";

const never = new AbortController().signal;

test("an address that takes a connection is reached, and sees not a byte", async () => {
  let received = 0;
  let closed = false;
  using server = Bun.listen({
    hostname: "127.0.0.1",
    port: 0,
    socket: {
      data: (_socket, bytes) => void (received += bytes.length),
      close: () => {
        closed = true;
      },
    },
  });
  expect(await probe(`ws://127.0.0.1:${server.port}/tty?token=x`, never)).toBeUndefined();
  await waitFor(() => closed, "the connection to be closed");
  expect(received).toBe(0);
});

test("an address where nobody listens is refused", async () => {
  const url = (await closedUrl()).replace("http", "ws");
  expect(await probe(url, never)).toBe("connection refused");
});

test("an address in brackets", async () => {
  // Refused, or unknown to a machine without IPv6; not looked for as a name.
  expect(await probe("ws://[::1]:1/tty", never)).toMatch(/refused|ADDR|no route/);
});

test("what does not answer in time", async () => {
  const bound = new AbortController();
  const probed = probe(await closedUrl(), bound.signal);
  bound.abort(new DOMException("late", "TimeoutError"));
  expect(await probed).toBe("no answer in time");
  expect(await probe(await closedUrl(), bound.signal)).toBe("no answer in time");
});
