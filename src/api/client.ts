import { FetchError, ofetch } from "ofetch";
import { UsageError } from "../errors.ts";
import type { Clock } from "../clock.ts";
import { PACKED, readText, TooLarge } from "../net/body.ts";
import { createRouter, type Router } from "../net/route.ts";
import { Secret } from "../net/secret.ts";
import type { Trace } from "../trace.ts";
import { retryDelay } from "../net/retry.ts";
import { ApiError, isRetried, redirected, unfit, unreachable, unread, webPage } from "./errors.ts";
import { parseBounded } from "./json.ts";
import { errorWords } from "./words.ts";

const PREFIX = "/api/v1/managed_agents";

/** Bounds any one request, so that a silent host ends in words. */
const REQUEST_TIMEOUT_MS = 30_000;

/** A page of 200 agents with long prompts takes some megabytes; what is larger is no answer of the API. */
const LONGEST_ANSWER_BYTES = 32 * 1024 * 1024;
const LONGEST_ERROR_BYTES = 1024 * 1024;

export interface RequestOptions {
  method?: "GET" | "POST" | "DELETE";
  query?: Record<string, string | number | undefined>;
  body?: Record<string, unknown>;
  signal?: AbortSignal | undefined;
  /** On a connection of its own: one that is kept from before may be dead without a word. */
  fresh?: boolean;
  /** A read that fails is not tried a second time. */
  once?: boolean;
  /** Give up after this long; `Infinity`: never. Default: half a minute. */
  timeoutMs?: number | undefined;
  /** What the answer may hold. Default: what any answer may. */
  mostBytes?: number;
  /** What is being done, as the subject of a failure: `session create` → `session create failed: 401`. */
  what: string;
}

export interface Client {
  readonly base: string;
  /**
   * One request below `/api/v1/managed_agents`. A read is tried again after faults of the network and
   * 502 to 504, a few times within seconds; what changes something never is.
   *
   * @returns the parsed JSON of the answer; undefined for one without content.
   * @throws ApiError on a status of 400 or more, PlatformUnreachable on a network fault, a redirect
   *   or an answer that is not JSON or too large, and the signal's own reason when it was aborted.
   */
  request(path: string, options: RequestOptions): Promise<unknown>;
  /** The same, for an answer of plain text. */
  text(path: string, options: RequestOptions): Promise<string>;
  /** The same, where the status is the answer: what follows may never end, and is left. */
  open(path: string, options: RequestOptions): Promise<void>;
  /**
   * The platform's own time as of its last answer (its Date header), in milliseconds since the epoch
   * and whole seconds; undefined where it did not say.
   */
  readonly time: number | undefined;
}

interface Answer {
  status: number;
  headers: Headers;
  text: string;
}

export interface ClientWorld {
  /** Says how `base` is reached. */
  router?: Router;
  /** For the pauses before another try; without, there is none. */
  clock?: Pick<Clock, "now" | "sleep"> | undefined;
  trace?: Trace | undefined;
}

/**
 * A client which sends the key to `base` alone: redirects are not followed (PROTOCOL 1.1).
 *
 * @param credentials with the key, or how to get it once it is needed.
 */
export function createClient(
  credentials: {
    base: string;
    key: Secret | string | (() => Promise<Secret>);
    /** The variable that the key is from, for words. */
    keyVariable?: string | undefined;
  },
  { router = createRouter({}), clock, trace }: ClientWorld = {},
): Client {
  const { base, keyVariable } = credentials;
  const key = typeof credentials.key === "string" ? new Secret(credentials.key) : credentials.key;
  let time: number | undefined;

  /** @param left what follows the status may never end, and is left. */
  async function ask(
    path: string,
    accept: string,
    options: RequestOptions,
    left = false,
  ): Promise<Answer> {
    const { method = "GET", signal, timeoutMs = REQUEST_TIMEOUT_MS, once = false } = options;
    signal?.throwIfAborted();
    const secret = key instanceof Secret ? key : await key();
    const limit = firstOf(signal, timeoutMs);
    const start = clock?.now() ?? 0;
    for (let tries = 1; ; tries++) {
      try {
        const attempt = askOnce(secret, path, accept, { ...options, signal: limit }, left);
        return await (trace ? traced(trace, attempt, { method, path, tries }) : attempt);
      } catch (error) {
        signal?.throwIfAborted();
        if (method !== "GET" || once || left || !clock || !isRetried(error)) throw error;
        const delay = retryDelay(tries, clock.now() - start, Math.random());
        if (delay === undefined || limit?.aborted) throw error;
        await clock.sleep(delay, signal);
      }
    }
  }

  async function askOnce(
    secret: Secret,
    path: string,
    accept: string,
    options: RequestOptions,
    left: boolean,
  ): Promise<Answer> {
    const { method = "GET", query, body, signal, fresh = false, what } = options;
    const { mostBytes = LONGEST_ANSWER_BYTES } = options;
    const route = await router(base);
    // Reading on would go on behind an answer that is given up.
    const over = new AbortController();
    const response = await ofetch
      .raw(`${PREFIX}${path}`, {
        baseURL: base,
        method,
        query,
        body,
        ...PACKED,
        headers: { ...PACKED.headers, accept, authorization: `Bearer ${secret.reveal()}` },
        signal: signal ? AbortSignal.any([signal, over.signal]) : over.signal,
        redirect: "manual",
        keepalive: !fresh,
        responseType: "stream",
        ignoreResponseError: true,
        retry: 0,
        ...route,
      })
      .catch(async (error: unknown) => {
        const fault = error instanceof FetchError ? error.cause : error;
        // Few need it, and nobody else waits for it.
        const { clarify } = await import("../net/clarify.ts");
        throw unreachable(base, await clarify(fault, base, route, signal), route);
      });
    const { status, headers, _data: content } = response;
    time = Date.parse(headers.get("date") ?? "") || undefined;
    if (status >= 300 && status < 400) {
      over.abort();
      throw redirected(base, status, headers.get("location"));
    }
    const failed = status >= 400;
    let text = "";
    try {
      const most = failed ? LONGEST_ERROR_BYTES : mostBytes;
      const packing = headers.get("content-encoding");
      if (content && !left) text = await readText(content, packing, most);
      else over.abort();
    } catch (error) {
      over.abort();
      // Of a failure the status says enough.
      if (!failed) throw unread(base, error, route);
    }
    if (failed) throw new ApiError(what, status, errorWords(text), { route, keyVariable });
    return { status, headers, text };
  }

  return {
    base,
    async request(path, options) {
      const { status, text } = await ask(path, "application/json", options);
      return status === 204 ? undefined : parseJson(base, text);
    },
    async text(path, options) {
      const { headers, text } = await ask(path, "text/plain", options);
      if (/^text\/html\b/i.test(headers.get("content-type") ?? "")) throw webPage(base);
      return text;
    },
    async open(path, options) {
      await ask(path, "text/event-stream", options, true);
    },
    get time() {
      return time;
    },
  };
}

/** Notes how a request ended; its query and body stay out of it. */
async function traced(
  trace: Trace,
  attempt: Promise<Answer>,
  request: { method: string; path: string; tries: number },
): Promise<Answer> {
  const start = trace.now();
  const note = (fields: Parameters<Trace["note"]>[1]) =>
    trace.note("request", { ...request, ...fields, ms: Math.round(trace.now() - start) });
  try {
    const answer = await attempt;
    note({ status: answer.status, chars: answer.text.length });
    return answer;
  } catch (error) {
    const { name, status, message } = error as { name: string; status?: number; message: string };
    note({ status, error: name, says: message });
    throw error;
  }
}

/** The same, for who asks again by themselves: a read that fails is not tried a second time. */
export function askingOnce(client: Client): Client {
  return {
    base: client.base,
    request: (path, options) => client.request(path, { ...options, once: true }),
    text: (path, options) => client.text(path, { ...options, once: true }),
    open: (path, options) => client.open(path, options),
    get time() {
      return client.time;
    },
  };
}

function firstOf(signal: AbortSignal | undefined, timeoutMs: number): AbortSignal | undefined {
  if (timeoutMs === Infinity) return signal;
  const timeout = AbortSignal.timeout(timeoutMs);
  return signal ? AbortSignal.any([signal, timeout]) : timeout;
}

/**
 * A path segment made of an id that may hold anything.
 *
 * @throws UsageError for nothing, `.` and `..`: a URL resolves them to another path, escaped or not;
 *   and for half a character, which no URL holds.
 */
export function segment(id: string): string {
  if (/^\.{0,2}$/.test(id) || !id.isWellFormed()) throw new UsageError(`'${id}' is not an id`);
  return encodeURIComponent(id);
}

/** What `ask` answers, or undefined where the platform says that there is no such thing. */
export async function orMissing<T>(ask: Promise<T>): Promise<T | undefined> {
  try {
    return await ask;
  } catch (error) {
    if (error instanceof ApiError && error.missing) return undefined;
    throw error;
  }
}

function parseJson(base: string, text: string): unknown {
  try {
    return parseBounded(text);
  } catch (cause) {
    if (cause instanceof TooLarge) throw unfit(base, cause.message);
    if (/^\s*<(?:!doctype|html)/i.test(text)) throw webPage(base);
    throw unfit(base, "something that is not JSON");
  }
}
