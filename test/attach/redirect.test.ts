import { expect, test } from "bun:test";
import { connectSocket } from "../../src/attach/socket.ts";
import { UpgradeError } from "../../src/attach/transport.ts";
import { StubServer } from "../support/stub-server.ts";
import { Secret } from "../../src/net/secret.ts";

const silent = { onData() {}, onPong() {}, onEnd() {} };

test.each([301, 302, 303, 307, 308])(
  "the terminal's token does not follow a %d",
  async (status) => {
    await using elsewhere = new StubServer(() => new Response());
    await using server = new StubServer(
      () => new Response(null, { status, headers: { location: `${elsewhere.url}/tty` } }),
    );
    const url = `${server.url.replace("http", "ws")}/tty`;
    const joining = connectSocket(
      { url, token: new Secret("t") },
      silent,
      new AbortController().signal,
      {},
    );
    expect(await joining.catch((error: unknown) => error)).toBeInstanceOf(UpgradeError);
    expect(server.requests).toHaveLength(1);
    expect(elsewhere.requests).toEqual([]);
  },
);
