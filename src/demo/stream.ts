/** A comment line at this interval shows that a held stream is alive (PROTOCOL 6.6). */
const KEEPALIVE_INTERVAL_MS = 15_000;

/** Server-sent events that greet, stay open and say nothing: a terminal has no others to tell. */
export function heldStream(): Response {
  let timer: Timer;
  const body = new ReadableStream<string>({
    start(controller) {
      controller.enqueue(`data: ${JSON.stringify({ type: "stream.opened" })}\n\n`);
      timer = setInterval(() => controller.enqueue(":keepalive\n\n"), KEEPALIVE_INTERVAL_MS);
    },
    cancel: () => clearInterval(timer),
  });
  return new Response(body, { headers: { "content-type": "text/event-stream; charset=utf-8" } });
}
