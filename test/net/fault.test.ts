import { describe, expect, test } from "bun:test";
import { explainFault, isLasting, neverConnected } from "../../src/net/fault.ts";
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
    const fault = await faultOf(await closedUrl());
    expect(explainFault(fault)).toBe("connection refused");
    expect(isLasting(fault)).toBe(false);
  });

  test("a host that hangs up", async () => {
    using server = listen((socket) => socket.end());
    const fault = await faultOf(`http://127.0.0.1:${server.port}`);
    expect(explainFault(fault)).toBe("the connection was closed without an answer");
    expect(isLasting(fault)).toBe(false);
  });

  test("https where http is spoken", async () => {
    using server = listen((socket) => {
      socket.write("HTTP/1.1 400 Bad Request\r\n\r\n");
      socket.end();
    });
    const fault = await faultOf(`https://127.0.0.1:${server.port}`);
    expect(explainFault(fault)).toBe("the TLS handshake failed (is it http, not https?)");
    expect(isLasting(fault)).toBe(true);
  });

  test("a time that ran out", () => {
    const error = new DOMException("signal fired", "TimeoutError");
    expect(explainFault(error)).toBe("no answer in time");
    expect(isLasting(error)).toBe(false);
  });
});

test.each([
  ["ENOTFOUND", "no such host", true],
  ["EAI_NONAME", "no such host", true],
  ["EAI_AGAIN", "no such host", false],
  ["ETIMEDOUT", "no answer in time", false],
  ["EHOSTUNREACH", "no route to the host", false],
  ["ENETUNREACH", "no route to the host", false],
  ["ENETDOWN", "no route to the host", false],
  ["ECONNREFUSED", "connection refused", false],
  ["CERT_HAS_EXPIRED", "its TLS certificate has expired", true],
  ["ERR_TLS_CERT_ALTNAME_INVALID", "its TLS certificate is for another name", true],
  ["CERT_NOT_YET_VALID", "its TLS certificate is not valid yet", true],
  ["DEPTH_ZERO_SELF_SIGNED_CERT", "its TLS certificate comes from an unknown issuer", true],
  ["UNABLE_TO_GET_ISSUER_CERT_LOCALLY", "its TLS certificate comes from an unknown issuer", true],
  ["UNABLE_TO_VERIFY_LEAF_SIGNATURE", "its TLS certificate comes from an unknown issuer", true],
  ["EPROTO", "the TLS handshake failed (is it http, not https?)", true],
  ["ECONNRESET", "the connection was closed without an answer", false],
  ["EPIPE", "the connection was closed without an answer", false],
  ["E_NEW_IN_SOME_BUN", "E_NEW_IN_SOME_BUN", false],
])("the code %s means: %s (lasting: %p)", (code, words, lasting) => {
  const fault = Object.assign(new Error("told otherwise"), { code });
  expect(explainFault(fault)).toBe(words);
  expect(isLasting(fault)).toBe(lasting);
});

test.each([
  ["undefined", undefined],
  ["null", null],
  ["a text", "oops"],
  ["an error that says nothing", new Error()],
])("%s still gets words", (_, error) => {
  expect(explainFault(error)).toBe("the connection failed");
  expect(isLasting(error)).toBe(false);
});

describe("whether anything can have been sent", () => {
  test("not where the host was not even looked up", () => {
    for (const code of ["ENOTFOUND", "EAI_AGAIN"]) expect(neverConnected({ code })).toBe(true);
  });

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
