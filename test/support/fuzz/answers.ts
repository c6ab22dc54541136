import { type Below, pick } from "../random.ts";
import { page } from "../stub-server.ts";
import { mutated, oddValue } from "./odd.ts";

const STATUSES = [
  201, 202, 204, 206, 299, 301, 400, 401, 403, 404, 409, 410, 418, 429, 500, 502, 503,
];
const TYPES = ["application/json", "text/html", "text/plain; charset=utf-16", "", "image/png"];

/**
 * An answer that is nearly the right one, or nothing like it.
 *
 * @param right the body that belongs here: JSON, or a text that is sent as it is.
 * @param fill what is put into the text that is sent, such as the secret that it echoes.
 */
export function oddAnswer(below: Below, right: unknown, fill: (text: string) => string): Response {
  const text = (value: unknown) => fill(typeof value === "string" ? value : JSON.stringify(value));
  const changed = text(mutated(below, right, 1 + below(4)));
  switch (below(16)) {
    case 0:
      return respond(below, changed.slice(0, below(changed.length + 1)));
    case 1:
      return respond(below, noise(below));
    case 2:
      return page(pick(below, [200, 403, 502]));
    case 3:
      return respond(below, "", pick(below, STATUSES));
    case 4:
      return respond(below, text({ error: oddValue(below) }), pick(below, STATUSES));
    case 5:
      return respond(below, changed, pick(below, STATUSES));
    case 6:
      return new Response(changed, { headers: { "content-encoding": "gzip" } });
    case 7:
      return respond(below, text(Array.from({ length: 2_000 }, () => right)));
    case 8:
      return respond(below, "[".repeat(below(2_000_000)));
    case 9:
      return respond(below, `{"data":[${"{},".repeat(below(600_000))}{}]}`);
    default:
      return respond(below, changed);
  }
}

function respond(below: Below, body: string | Uint8Array<ArrayBuffer>, status = 200): Response {
  const headers: Record<string, string> = { "content-type": pick(below, TYPES) };
  if (below(10) === 0) headers["date"] = "yesterday";
  if (status === 301) headers["location"] = "http://[::1/";
  // These have no body by the standard, and Response refuses to be given one.
  const empty = status === 204 || body.length === 0;
  return new Response(empty ? null : body, { status, headers });
}

function noise(below: Below): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length: below(3_000) }, () => below(256));
}
