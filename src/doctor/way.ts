import { lookup } from "node:dns/promises";
import { PACKED } from "../net/body.ts";
import { clarify } from "../net/clarify.ts";
import { explainFault, faultHint, proxyHint } from "../net/fault.ts";
import { type Certificate, readCertificate } from "../net/handshake.ts";
import { probe } from "../net/probe.ts";
import { proxyFor } from "../net/proxy.ts";
import type { Route } from "../net/route.ts";
import { type CheckName, type Finding, failure, findings } from "./finding.ts";
import { type DoctorWorld, lookSignal } from "./world.ts";

/** A certificate that ends sooner is worth a word. */
const SOON_MS = 14 * 24 * 60 * 60_000;
/** Clocks that are farther apart make certificates seem invalid some day; a second is rounding. */
const SKEW_MS = 60_000;

/**
 * The way to the platform, hop by hop, up to the first that is closed.
 *
 * @returns whether it is open.
 */
export async function* checkWay(
  world: DoctorWorld,
  base: string,
): AsyncGenerator<Finding, boolean> {
  let route: Route;
  let proxied: { host: string; variable: string } | undefined;
  try {
    proxied = proxyFor(base, world.env);
  } catch (error) {
    yield failure("proxy", error);
    return false;
  }
  try {
    route = await world.router(base);
  } catch (error) {
    yield failure("tls", error);
    return false;
  }
  const { hostname, port, protocol } = new URL(base);
  if (proxied) {
    const fault = await probe(route.proxy ?? "", lookSignal(world));
    const name = `${proxied.host} (${proxied.variable})`;
    if (fault) {
      yield findings("proxy").fail(
        `${name} cannot be reached: ${fault}`,
        proxyHint(proxied.variable),
      );
      return false;
    }
    yield findings("proxy").pass(name);
    yield findings("dns").skip("the proxy looks the host up");
    yield findings("tcp").skip("the proxy connects to the host");
  } else {
    yield findings("proxy").pass("none on the way");
    const number = port || (protocol === "https:" ? "443" : "80");
    if (!(yield* checkHost(world, base, hostname, number))) return false;
  }
  return yield* checkAnswer(world, base, route);
}

async function* checkHost(
  world: DoctorWorld,
  base: string,
  hostname: string,
  port: string,
): AsyncGenerator<Finding, boolean> {
  const bare = hostname.replace(/^\[|\]$/g, "");
  const signal = lookSignal(world);
  try {
    const found = await untilAborted(lookup(bare, { all: true }), signal);
    const addresses = found.map(({ address }) => address);
    yield findings("dns").pass(
      addresses.join() === bare ? "an address, no name" : `${bare} is ${addresses.join(", ")}`,
    );
  } catch (error) {
    world.signal.throwIfAborted();
    yield findings("dns").fail(
      `${bare}: ${explainFault(error)}`,
      "Check the URL with `lap config`, and your network or VPN: the name may be known inside it alone.",
    );
    return false;
  }
  const fault = await probe(base, lookSignal(world));
  world.signal.throwIfAborted();
  if (fault) {
    yield findings("tcp").fail(
      `port ${port} of ${bare}: ${fault}`,
      "Check the URL and its port; a firewall may stand before it, or the platform be down.",
    );
    return false;
  }
  yield findings("tcp").pass(`port ${port} takes connections`);
  return true;
}

/** One request without the key: TLS as it really is, and the platform's clock. */
async function* checkAnswer(
  world: DoctorWorld,
  base: string,
  route: Route,
): AsyncGenerator<Finding, boolean> {
  const secure = base.startsWith("https:");
  const { error, skew } = await greet(world, base, route);
  const check = error ? checkNameOf(error) : undefined;
  const certificate =
    secure && check !== "proxy" ? await certificateOf(world, base, route) : undefined;
  if (secure && check !== "proxy") yield tlsFinding(world, error, certificate);
  else if (!secure) yield findings("tls").skip("plain http");
  if (error) {
    if (!secure || check === "proxy") {
      yield findings(check ?? "api").fail(
        explainFault(error),
        faultHint(error, route) ?? PLAIN_FIX,
      );
    }
    // Without a valid certificate the clock still tells why it may be invalid.
    const blind = { ...route, tls: { ...route.tls, rejectUnauthorized: false } };
    const again = check === "tls" ? await greet(world, base, blind) : undefined;
    yield clockFinding(again?.skew);
    return false;
  }
  yield clockFinding(skew);
  return true;
}

const PLAIN_FIX =
  "Check the URL with `lap config`: this port may speak https, not http, or something else altogether.";

/** Which check the fault of a first request belongs to. */
function checkNameOf(error: unknown): CheckName {
  const words = explainFault(error);
  if (words.startsWith("the proxy")) return "proxy";
  return /TLS/.test(words) ? "tls" : "api";
}

async function greet(
  world: DoctorWorld,
  base: string,
  route: Route,
): Promise<{ error?: unknown; skew?: number }> {
  const { clock } = world;
  const start = clock.date();
  try {
    const init = { ...PACKED, ...route, redirect: "manual" as const, signal: lookSignal(world) };
    const response = await fetch(base, init);
    void response.body?.cancel().catch(() => {}); // only the headers are looked at
    const time = Date.parse(response.headers.get("date") ?? "");
    // Its clock is read somewhere between asking and being answered, and told in whole seconds.
    return Number.isNaN(time) ? {} : { skew: (start + clock.date()) / 2 - (time + 500) };
  } catch (error) {
    world.signal.throwIfAborted();
    return { error: await clarify(error, base, route, world.signal) };
  }
}

async function certificateOf(
  world: DoctorWorld,
  base: string,
  route: Route,
): Promise<Certificate | undefined> {
  try {
    return await readCertificate(base, route, lookSignal(world));
  } catch {
    world.signal.throwIfAborted();
    return undefined;
  }
}

function tlsFinding(
  { clock }: DoctorWorld,
  error: unknown,
  certificate: Certificate | undefined,
): Finding {
  const { pass, warn, fail } = findings("tls");
  const about = certificate ? certificateWords(certificate) : "";
  if (error) {
    return fail([explainFault(error), about].filter(Boolean).join("; it is "), faultHint(error));
  }
  if (!certificate) return pass("the certificate is trusted");
  const left = certificate.validTo - clock.date();
  if (left < SOON_MS) return warn(about, "Whoever runs the platform should renew it now.");
  return pass(about);
}

function certificateWords({ subject, issuer, names, validFrom, validTo }: Certificate): string {
  const [from, to] = [validFrom, validTo].map((ms) => new Date(ms).toISOString().slice(0, 10));
  return `for ${names || subject}, issued by ${issuer}, valid from ${from} to ${to}`;
}

function clockFinding(skew: number | undefined): Finding {
  const { pass, warn, skip } = findings("clock");
  if (skew === undefined) return skip("the platform does not tell its time");
  const seconds = Math.round(Math.abs(skew) / 1000);
  if (Math.abs(skew) < SKEW_MS) return pass(`within ${Math.max(1, seconds)} s of the platform's`);
  return warn(
    `this machine's is ${seconds} s ${skew > 0 ? "ahead of" : "behind"} the platform's`,
    "Set it right (see `date`), or have the platform's set: certificates are judged by it.",
  );
}

function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  return Promise.race([work, promise]).finally(() => signal.removeEventListener("abort", onAbort));
}
