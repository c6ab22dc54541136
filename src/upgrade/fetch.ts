import { createHash } from "node:crypto";
import { closeSync, openSync, writeFileSync } from "node:fs";
import type { Clock } from "../clock.ts";
import { LapError } from "../errors.ts";
import { explainFault, faultHint } from "../net/fault.ts";
import { createRouter, proxyHost, type Route, type Router } from "../net/route.ts";

/** What every download takes from the world. */
export interface Fetching {
  clock: Clock;
  signal: AbortSignal;
  /** How hosts are reached; without, straight. */
  router?: Router;
}

/** So long a server may take before its answer, for a small text, and for each piece of a file. */
const PATIENCE_MS = 30_000;
/** A line that takes longer for one would take a day for an archive. */
const PIECE_BYTES = 32 * 1024;
/** GitHub's own are two. */
const MOST_REDIRECTS = 5;

/**
 * A small text.
 *
 * @throws LapError where it is out of reach, missing or longer than `mostBytes`.
 */
export async function fetchText(
  url: string,
  mostBytes: number,
  fetching: Fetching,
): Promise<string> {
  const chunks: Uint8Array[] = [];
  await fetchChunks(url, { mostBytes }, fetching, (chunk) => void chunks.push(chunk));
  return Buffer.concat(chunks).toString();
}

/**
 * Downloads into a new file.
 *
 * @param onProgress told of the bytes so far, and of all where the server says how many.
 * @returns the SHA-256 of what came, in lower-case hexadecimal.
 * @throws LapError where it is out of reach, missing, longer than `mostBytes` or cannot be written.
 */
export async function fetchFile(
  url: string,
  path: string,
  mostBytes: number,
  fetching: Fetching,
  onProgress: (bytes: number, all: number | undefined) => void,
): Promise<string> {
  const hash = createHash("sha256");
  const file = openSync(path, "wx", 0o600);
  let bytes = 0;
  try {
    await fetchChunks(url, { mostBytes, pieceBytes: PIECE_BYTES }, fetching, (chunk, all) => {
      hash.update(chunk);
      try {
        writeFileSync(file, chunk);
      } catch (cause) {
        throw new LapError(`cannot write ${path}: ${(cause as NodeJS.ErrnoException).code}`, {
          hint: "Check the space on the disk. Nothing was changed.",
          cause,
        });
      }
      bytes += chunk.length;
      onProgress(bytes, all);
    });
  } finally {
    closeSync(file);
  }
  return hash.digest("hex");
}

async function fetchChunks(
  url: string,
  { mostBytes, pieceBytes = Infinity }: { mostBytes: number; pieceBytes?: number },
  { clock, signal, router = createRouter({}) }: Fetching,
  onChunk: (chunk: Uint8Array, all: number | undefined) => void,
): Promise<void> {
  const late = new AbortController();
  const giveUp = () => late.abort(new DOMException("no answer in time", "TimeoutError"));
  let cancel = clock.after(PATIENCE_MS, giveUp);
  let route: Route = {};
  const noted: Router = async (hop) => (route = await router(hop));
  try {
    const response = await follow(url, noted, AbortSignal.any([signal, late.signal]));
    const length = Number(response.headers.get("content-length") ?? Number.NaN);
    let [bytes, piece] = [0, 0];
    for await (const chunk of response.body ?? []) {
      bytes += chunk.length;
      piece += chunk.length;
      if (piece >= pieceBytes) {
        piece = 0;
        cancel();
        cancel = clock.after(PATIENCE_MS, giveUp);
      }
      if (bytes > mostBytes) throw new LapError(`${nameOf(url)} is too long for what it should be`);
      onChunk(chunk, Number.isNaN(length) ? undefined : length);
    }
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof LapError) throw error;
    throw new LapError(`cannot download ${nameOf(url)}: ${explainFault(error, proxyHost(route))}`, {
      hint: `${faultHint(error) ?? "Check your network or VPN, and LAP_BASE_URL where it is set."}\nNothing was changed.`,
      cause: error,
    });
  } finally {
    cancel();
  }
}

/** Follows redirects, but never from https to http: who can change a file there changes its checksum too. */
async function follow(url: string, router: Router, signal: AbortSignal): Promise<Response> {
  let at = new URL(url);
  for (let hop = 0; hop <= MOST_REDIRECTS; hop++) {
    const response = await fetch(at, { ...(await router(at.href)), signal, redirect: "manual" });
    const { status } = response;
    const location = response.headers.get("location");
    if (status < 300 || status >= 400 || !location) {
      if (status === 200) return response;
      throw new LapError(`cannot download ${nameOf(url)}: ${status}`, {
        hint: status === 404 ? "There is no such file in the release." : "Try again in a moment.",
      });
    }
    const next = new URL(location, at);
    if (next.protocol !== "https:" && (at.protocol === "https:" || next.protocol !== "http:")) {
      throw new LapError(
        `${at.host} redirects to ${next.protocol}//${next.host}, which is not safe`,
      );
    }
    at = next;
  }
  throw new LapError(`cannot download ${nameOf(url)}: too many redirects`);
}

/** A URL as it may be shown: a mirror's may hold a password. */
function nameOf(url: string): string {
  const { host, pathname } = new URL(url);
  return `${host}${pathname}`;
}
