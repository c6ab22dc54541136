import { createHash, timingSafeEqual } from "node:crypto";

/** A fresh secret: 192 random bits as text that is safe in a header, a query and a shell. */
export function randomSecret(): string {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(24))).toString("base64url");
}

/** Compares in a time that depends on neither content; equal digests stand for equal texts. */
export function sameSecret(given: string, expected: string): boolean {
  return timingSafeEqual(digest(given), digest(expected));
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}

/** REST: the platform compares the whole header, so the scheme is case-sensitive (PROTOCOL 1.1). */
export function mayUseApi(request: Request, key: string): boolean {
  return sameSecret(request.headers.get("authorization") ?? "", `Bearer ${key}`);
}

/** TTY: a bearer header alone decides, in any case; `?token=` counts only without it (6.2). */
export function mayUseTty(request: Request, url: URL, token: string): boolean {
  const bearer = /^bearer (.*)$/i.exec(request.headers.get("authorization") ?? "");
  return sameSecret(bearer?.[1] ?? url.searchParams.get("token") ?? "", token);
}

/**
 * False for what a web page can send: anything with an Origin, and any Host but our own address,
 * which is how a page whose name was re-pointed at 127.0.0.1 (DNS rebinding) gives itself away.
 */
export function isOwnClient(request: Request, port: number): boolean {
  if (request.headers.has("origin")) return false;
  const host = request.headers.get("host") ?? "";
  return [`127.0.0.1:${port}`, `localhost:${port}`, `[::1]:${port}`].includes(host.toLowerCase());
}
