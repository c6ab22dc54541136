import { expect, test } from "bun:test";
import type { Session } from "../../src/api/sessions.ts";
import { Reachability } from "../../src/launch/reach.ts";
import { JumpingClock } from "../support/clock.ts";
import { closedUrl } from "../support/stub-server.ts";
import { Secret } from "../../src/net/secret.ts";

const BASE = "https://lap.acme.dev";
const never = new AbortController().signal;

function session(fields: Partial<Session>): Session {
  return { id: "s-1", status: "ready", ttyToken: new Secret("t"), ...fields } as Session;
}

function reach(fields: Partial<Session>, env: Record<string, string> = {}) {
  return new Reachability(BASE, env, new JumpingClock()).of(session(fields), never);
}

const SERVICE = "http://s-1.lap.svc.cluster.local:8080";

test.each<[string, Partial<Session>, Record<string, string>, string]>([
  ["in the cluster", { sandboxUrl: SERVICE }, {}, "in-cluster"],
  ["nowhere", {}, {}, "no address"],
  ["without a token", { ttyUrl: "/tty", ttyToken: undefined }, {}, "no token"],
  [
    "with a token that cannot be sent",
    { ttyUrl: "/tty", ttyToken: new Secret("a b") },
    {},
    "bad token",
  ],
  [
    "with a way in that is none",
    { sandboxUrl: SERVICE },
    { LAP_TTY_FALLBACK: "x:y:z" },
    "bad fallback",
  ],
])("a terminal %s is not reached", async (_, fields, env, reason) => {
  expect(await reach(fields, env)).toEqual({ reachable: false, reason });
});

test("a terminal on the platform itself is, without being tried", async () => {
  expect(await reach({ ttyUrl: "/api/sessions/s-1/tty" })).toEqual({ reachable: true });
});

test.each<Partial<Session>>([
  { status: "creating" },
  { status: "dead", sandboxUrl: "http://127.0.0.1:1" },
  { hasTerminal: false, sandboxUrl: "http://127.0.0.1:1" },
])("%p has none to be reached", async (fields) => {
  expect(await reach(fields)).toBeUndefined();
});

test("an address is tried once for all of its sessions, and again after a while", async () => {
  let connections = 0;
  using server = Bun.listen({
    hostname: "127.0.0.1",
    port: 0,
    socket: { open: () => void connections++, data() {} },
  });
  const clock = new JumpingClock();
  const env = { LAP_TTY_FALLBACK: `ws://127.0.0.1:${server.port}/tty` };
  const reachability = new Reachability(BASE, env, clock);
  const look = () => {
    const all = ["a", "b", "c"].map((id) => session({ id, sandboxUrl: SERVICE }));
    return Promise.all(all.map((one) => reachability.of(one, never)));
  };
  expect(await look()).toEqual(Array.from({ length: 3 }, () => ({ reachable: true })));
  await clock.sleep(14_999);
  await look();
  expect(connections).toBe(1);
  await clock.sleep(1);
  await look();
  expect(connections).toBe(2);
});

test("an address where nobody listens is not reached", async () => {
  expect(await reach({ sandboxUrl: await closedUrl() })).toEqual({
    reachable: false,
    reason: "connection refused",
  });
});

test("an end of the waiting is no answer", async () => {
  const abort = new AbortController();
  const url = await closedUrl();
  const asked = new Reachability(BASE, {}, new JumpingClock()).of(
    session({ sandboxUrl: url }),
    abort.signal,
  );
  abort.abort(new Error("called off"));
  await expect(asked).rejects.toThrow("called off");
});
