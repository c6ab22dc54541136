import { shownUrl } from "../net/url.ts";
import type { Trace } from "../trace.ts";
import type { Connect, Transport } from "./transport.ts";

/** Opens connections, and notes what becomes of them: sizes and times, nothing that is typed or shown. */
export function traced(connect: Connect, trace: Trace): Connect {
  let connections = 0;
  return async (endpoint, listeners, signal, route) => {
    const connection = ++connections;
    const start = trace.now();
    const elapsed = () => Math.round(trace.now() - start);
    const note = (event: string, fields: Parameters<Trace["note"]>[1] = {}) =>
      trace.note(event, { connection, ...fields });
    const { token, tokenInQuery } = endpoint;
    const way = { token, in: tokenInQuery ? "query" : "header", proxied: Boolean(route?.proxy) };
    note("upgrade", { url: shownUrl(endpoint.url), ...way });
    try {
      const transport = await connect(
        endpoint,
        {
          onData: (bytes) => {
            note("frame in", { bytes: bytes.length });
            listeners.onData(bytes);
          },
          onPong: (id) => {
            note("pong", { id });
            listeners.onPong(id);
          },
          onEnd: (end) => {
            note("closed", { code: end.code, ms: elapsed() });
            listeners.onEnd(end);
          },
        },
        signal,
        route,
      );
      note("upgraded", { ms: elapsed() });
      return tracedTransport(transport, note);
    } catch (error) {
      const { status, message } = error as { status?: number; message?: string };
      note("refused", { status, ms: elapsed(), says: message });
      throw error;
    }
  };
}

function tracedTransport(transport: Transport, note: Trace["note"]): Transport {
  return {
    sendInput(bytes) {
      note("frame out", { bytes: bytes.length });
      transport.sendInput(bytes);
    },
    sendResize(columns, rows) {
      note("resize", { columns, rows });
      transport.sendResize(columns, rows);
    },
    get open() {
      return transport.open;
    },
    get buffered() {
      return transport.buffered;
    },
    pause() {
      note("pause");
      transport.pause();
    },
    resume() {
      note("resume");
      transport.resume();
    },
    limit(bytes) {
      note("limit", { bytes });
      transport.limit(bytes);
    },
    ping(id) {
      note("ping", { id });
      transport.ping(id);
    },
    close() {
      note("close");
      return transport.close();
    },
    terminate() {
      note("terminate");
      transport.terminate();
    },
  };
}
