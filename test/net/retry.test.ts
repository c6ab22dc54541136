import { expect, test } from "bun:test";
import { mayPass, retryDelay } from "../../src/net/retry.ts";

test("the pauses grow, waver by a quarter, and end", () => {
  expect([1, 2, 3, 4].map((tries) => retryDelay(tries, 0, 0.5))).toEqual([
    150,
    400,
    900,
    undefined,
  ]);
  expect([0, 1].map((random) => retryDelay(2, 0, random))).toEqual([300, 500]);
});

test("what took long already is not tried again", () => {
  expect([retryDelay(1, 10_000, 0.5), retryDelay(1, 10_001, 0.5)]).toEqual([150, undefined]);
});

test.each<[string, Parameters<typeof mayPass>[0], boolean]>([
  ["502", { status: 502 }, true],
  ["503", { status: 503 }, true],
  ["504", { status: 504 }, true],
  ["500", { status: 500 }, false],
  ["429", { status: 429 }, false],
  ["a lost connection", { fault: { code: "ECONNRESET" } }, true],
  ["a refused one", { fault: { code: "ECONNREFUSED" } }, true],
  ["a network that is gone", { fault: { code: "ENETUNREACH" } }, true],
  ["a name server that does not answer", { fault: { code: "EAI_AGAIN" } }, true],
  ["a name that is unknown", { fault: { code: "ENOTFOUND" } }, false],
  ["a certificate", { fault: { code: "CERT_HAS_EXPIRED" } }, false],
])("%s may pass: %p", (_, fault, expected) => {
  expect(mayPass(fault)).toBe(expected);
});
