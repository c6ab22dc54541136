import { afterAll, describe, expect, test } from "bun:test";
import { connectSocket } from "../../src/attach/socket.ts";
import { UpgradeError } from "../../src/attach/transport.ts";
import { Interrupted } from "../../src/errors.ts";
import { Secret } from "../../src/net/secret.ts";

const TOKEN = "a-token-nobody-may-see";
const silent = { onData() {}, onPong() {}, onEnd() {} };

const server = Bun.serve({
  hostname: "127.0.0.1",
  port: 0,
  fetch: (request) => {
    const status = Number(new URL(request.url).pathname.slice(1));
    return new Response("<html>a page</html>", { status });
  },
});
/** Takes the connection and says nothing. */
const mute = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
/** Takes the connection and closes it, as the platform does when the sandbox is gone. */
const closing = Bun.listen({
  hostname: "127.0.0.1",
  port: 0,
  socket: { data: (socket) => void socket.end() },
});
afterAll(async () => {
  await server.stop(true);
  mute.stop(true);
  closing.stop(true);
});

function connect(url: string, signal = new AbortController().signal): Promise<unknown> {
  return connectSocket({ url, token: new Secret(TOKEN) }, silent, signal).catch(
    (error: unknown) => error,
  );
}

describe("an upgrade that is refused", () => {
  for (const [name, url, says] of [
    [
      "with 401",
      `ws://127.0.0.1:${server.port}/401`,
      "the sandbox refused the terminal token (401)",
    ],
    ["with 302", `ws://127.0.0.1:${server.port}/302`, "redirects the terminal elsewhere (302)"],
    [
      "with an ordinary page",
      `ws://127.0.0.1:${server.port}/200`,
      "did not open the terminal (200)",
    ],
    ["by a dead host", "ws://127.0.0.1:1/tty", "cannot be reached: connection refused"],
    ["by an unknown host", "ws://no-such-host.invalid/tty", "cannot be reached: no such host"],
    ["without an answer", `ws://127.0.0.1:${closing.port}/tty`, "closed without an answer"],
    ["by a host without TLS", `wss://127.0.0.1:${server.port}/tty`, "the TLS handshake failed"],
  ] as const) {
    test(`${name} has a sentence of its own, a hint, and no token in it`, async () => {
      const error = (await connect(url)) as UpgradeError;
      expect(error).toBeInstanceOf(UpgradeError);
      expect(error.message).toStartWith("[ws closed]");
      expect(error.message).toContain(says);
      expect(error.hint).not.toBe("");
      expect(error.message + error.hint).not.toContain(TOKEN);
    });
  }
});

test("a host that says nothing is given up at once when the person wants to", async () => {
  const interrupt = new AbortController();
  const outcome = connect(`ws://127.0.0.1:${mute.port}/tty`, interrupt.signal);
  const reason = new Interrupted("SIGINT");
  interrupt.abort(reason);
  expect(await outcome).toBe(reason);
});
