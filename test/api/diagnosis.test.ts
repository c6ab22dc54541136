import { describe, expect, test } from "bun:test";
import { createClient } from "../../src/api/client.ts";
import { getDiagnosis, withoutSecrets } from "../../src/api/diagnosis.ts";
import { failure, StubServer } from "../support/stub-server.ts";

const TOKEN = "token-of-the-harness-42";

describe("secrets", () => {
  test.each<[string, Record<string, unknown>, Record<string, unknown>]>([
    ["tokens", { session: { id: "s-1", tty_token: TOKEN } }, { session: { id: "s-1" } }],
    ["environments", { agent: { env_vars: { A: "b" }, env: ["x"], envVars: 1 } }, { agent: {} }],
    [
      "passwords and keys",
      { a: { password: "x", apiKey: "x", private_key: "x", b: 1 } },
      { a: { b: 1 } },
    ],
    [
      "nested ones",
      { pod: [{ spec: { imagePullSecrets: ["x"], name: "p" } }] },
      { pod: [{ spec: { name: "p" } }] },
    ],
  ])("%s are gone with their fields", (_, bundle, expected) => {
    expect(withoutSecrets(bundle)).toEqual(expected);
  });

  test("that a field held are gone from every text", () => {
    const bundle = {
      session: { tty_token: TOKEN },
      pod: { env: [{ name: "MY_SECRET", value: "value-of-a-variable" }] },
      pod_logs_tail: { text: `joined with ${TOKEN}, then value-of-a-variable` },
    };
    expect(withoutSecrets(bundle)).toEqual({
      session: {},
      pod: {},
      pod_logs_tail: { text: "joined with …, then …" },
    });
  });

  test.each([
    ["LITELLM_API_KEY=abc123 next", "LITELLM_API_KEY=… next"],
    ["authorization: Bearer abc.def", "authorization: Bearer …"],
    ["GET /tty?cols=1&token=abc HTTP", "GET /tty?cols=1&token=… HTTP"],
    ["clone https://user:pw@host/x", "clone https://user:…@host/x"],
    ["key sk-1234567890ab", "key sk-…"],
    [
      "monkey: a key of a keyboard; tokens used: 12",
      "monkey: a key of a keyboard; tokens used: 12",
    ],
  ])("in running text: %p", (text, clear) => {
    expect(withoutSecrets({ text })).toEqual({ text: clear });
  });

  // What tries again from each letter takes minutes for these.
  test.each([
    ["base64 without a line's end", "a"],
    ["names of keys", "KEY"],
    ["starts of URLs", "a://b:"],
    ["starts of logins", "bearer "],
  ])(
    "a log of 300 KB that is all %s is looked through in no time",
    (_, piece) => {
      const text = piece.repeat(300_000 / piece.length);
      expect(withoutSecrets({ text })).toHaveProperty("text");
    },
    5_000,
  );

  test("more of them than a session has are not looked for", () => {
    const session = Array.from({ length: 301 }, (_, n) => ({ token: `secret-number-${n}` }));
    expect(() => withoutSecrets({ session })).toThrow("more than 300 secrets");
  });

  test("what is none stays as it is, of every kind", () => {
    const bundle = { a: [1, null, true, "x", { b: undefined }], n: 0.5 };
    expect(withoutSecrets(bundle)).toEqual(bundle);
  });
});

describe("the bundle", () => {
  const ask = async (answer: () => Response) => {
    await using server = new StubServer(answer);
    const client = createClient({ base: server.url, key: "sk-test-0123456789" });
    const result = await getDiagnosis(client, "s-1").catch((error: unknown) => error);
    return { result, path: server.requests[0]?.path };
  };

  test("comes without its secrets", async () => {
    const { result, path } = await ask(() => Response.json({ session: { tty_token: TOKEN } }));
    expect([result, path]).toEqual([
      { session: {} },
      "/api/v1/managed_agents/sessions/s-1/diagnose",
    ]);
  });

  test("is none of a session that there is not", async () => {
    expect((await ask(() => failure(404, "session s-1 not found"))).result).toBeUndefined();
  });

  test.each([[[]], [null], ["x"]])("is not %p", async (body) => {
    expect(String((await ask(() => Response.json(body))).result)).toContain("is not a diagnosis");
  });
});
