import { describe, expect, test } from "bun:test";
import { explainFault, neverConnected } from "../../src/net/fault.ts";
import { closedUrl } from "../support/stub-server.ts";

/** What fetch rejects with. */
async function faultOf(url: string): Promise<unknown> {
  return fetch(url).then(
    () => undefined,
    (error: unknown) => error,
  );
}

/** A listener that does with each connection what a test wants. */
function listen(onData: (socket: Bun.Socket) => void) {
  const server = Bun.listen({
    hostname: "127.0.0.1",
    port: 0,
    socket: { data: onData },
  });
  return { port: server.port, [Symbol.dispose]: () => server.stop(true) };
}

describe("real faults of this Bun", () => {
  test("a closed port", async () => {
    expect(explainFault(await faultOf(await closedUrl()))).toBe("connection refused");
  });

  test("a host that hangs up", async () => {
    using server = listen((socket) => socket.end());
    expect(explainFault(await faultOf(`http://127.0.0.1:${server.port}`))).toBe(
      "the connection was closed without an answer",
    );
  });

  test("https where http is spoken", async () => {
    using server = listen((socket) => {
      socket.write("HTTP/1.1 400 Bad Request\r\n\r\n");
      socket.end();
    });
    expect(explainFault(await faultOf(`https://127.0.0.1:${server.port}`))).toBe(
      "the TLS handshake failed (is it http, not https?)",
    );
  });

  test("a time that ran out", () => {
    const error = new DOMException("signal fired", "TimeoutError");
    expect(explainFault(error)).toBe("no answer in time");
  });
});

test.each([
  ["ENOTFOUND", "no such host"],
  ["EAI_AGAIN", "no such host"],
  ["ETIMEDOUT", "no answer in time"],
  ["EHOSTUNREACH", "no route to the host"],
  ["ENETUNREACH", "no route to the host"],
  ["CERT_HAS_EXPIRED", "its TLS certificate has expired"],
  ["ERR_TLS_CERT_ALTNAME_INVALID", "its TLS certificate is for another name"],
  ["DEPTH_ZERO_SELF_SIGNED_CERT", "its TLS certificate comes from an unknown issuer"],
  ["UNABLE_TO_GET_ISSUER_CERT_LOCALLY", "its TLS certificate comes from an unknown issuer"],
  ["UNABLE_TO_VERIFY_LEAF_SIGNATURE", "its TLS certificate comes from an unknown issuer"],
  ["EPIPE", "the connection was closed without an answer"],
  ["E_NEW_IN_SOME_BUN", "E_NEW_IN_SOME_BUN"],
])("the code %s means: %s", (code, words) => {
  expect(explainFault(Object.assign(new Error("told otherwise"), { code }))).toBe(words);
});

test.each([
  ["undefined", undefined],
  ["null", null],
  ["a text", "oops"],
  ["an error that says nothing", new Error()],
])("%s still gets words", (_, error) => {
  expect(explainFault(error)).toBe("the connection failed");
});

describe("whether anything can have been sent", () => {
  test("not to a closed port", async () => {
    expect(neverConnected(await faultOf(await closedUrl()))).toBe(true);
  });

  test("not where the handshake failed", async () => {
    using server = listen((socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"));
    expect(neverConnected(await faultOf(`https://127.0.0.1:${server.port}`))).toBe(true);
  });

  test("but to a host that hung up", async () => {
    using server = listen((socket) => socket.end());
    expect(neverConnected(await faultOf(`http://127.0.0.1:${server.port}`))).toBe(false);
  });

  test.each([{ name: "TimeoutError" }, { code: "EHOSTUNREACH" }, { code: "ENEW" }, undefined])(
    "%p may be what became of a connection",
    (error) => expect(neverConnected(error)).toBe(false),
  );
});
