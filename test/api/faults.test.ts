import { describe, expect, test } from "bun:test";
import { createClient } from "../../src/api/client.ts";
import { isAnswerLost, isPassing } from "../../src/api/faults.ts";
import { Interrupted } from "../../src/errors.ts";
import { closedUrl, failure, page, StubServer } from "../support/stub-server.ts";

const KEY = "sk-test-0123456789";

async function faultOf(answer: () => Response | Promise<Response>): Promise<unknown> {
  await using server = new StubServer(answer);
  const client = createClient({ base: server.url, key: KEY });
  const asked = client.request("/x", { method: "POST", what: "x", timeoutMs: 200 });
  return await asked.catch((error: unknown) => error);
}

describe("of a request that failed", () => {
  const silence = () => new Promise<Response>(() => {});
  test.each<[string, () => Response | Promise<Response>, boolean, boolean]>([
    ["a load balancer's 502", () => page(502), true, true],
    ["a load balancer's 504", () => new Response(null, { status: 504 }), true, true],
    ["a load balancer's 503", () => page(503), true, true],
    ["Cloudflare's 524", () => page(524), true, true],
    ["no answer in time", silence, true, true],
    ["a web page with 200", () => page(200), true, true],
    ["half an answer", () => new Response(`{"id":`), true, true],
    ["the platform's own 503", () => failure(503, "harness unavailable"), true, false],
    ["the platform's own 500", () => failure(500, "internal error"), true, false],
    ["429", () => failure(429, "slow down"), true, false],
    ["another server's 404", () => page(404), true, false],
    ["a redirect", () => Response.redirect("https://x.dev/", 302), true, false],
    ["the platform's own 404", () => failure(404, "agent not found"), false, false],
    ["400", () => failure(400, "no"), false, false],
    ["401", () => failure(401, "unauthorized"), false, false],
    ["409", () => failure(409, "creating"), false, false],
  ])(
    "%s: whether it may pass, and whether the answer may be all that is lost",
    async (_, answer, passing, lost) => {
      const error = await faultOf(answer);
      expect([isPassing(error), isAnswerLost(error)]).toEqual([passing, lost]);
    },
  );

  test("a connection that was cut may have lost the answer", async () => {
    using server = Bun.listen({
      hostname: "127.0.0.1",
      port: 0,
      socket: { data: (socket) => void socket.end() },
    });
    const client = createClient({ base: `http://127.0.0.1:${server.port}`, key: KEY });
    const error = await client
      .request("/x", { method: "POST", what: "x" })
      .catch((e: unknown) => e);
    expect([isPassing(error), isAnswerLost(error)]).toEqual([true, true]);
  });

  test("without a connection nothing was sent", async () => {
    const client = createClient({ base: await closedUrl(), key: KEY });
    const error = await client
      .request("/x", { method: "POST", what: "x" })
      .catch((e: unknown) => e);
    expect([isPassing(error), isAnswerLost(error)]).toEqual([true, false]);
  });

  test.each([new Interrupted("SIGINT"), new Error("x"), undefined])("%p is neither", (error) => {
    expect([isPassing(error), isAnswerLost(error)]).toEqual([false, false]);
  });
});
