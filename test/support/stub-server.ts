export interface StubRequest {
  method: string;
  /** As it was on the wire: path and query, still encoded. */
  path: string;
  authorization: string | null;
}

type Answer = (request: Request, url: URL) => Response | Promise<Response>;

/** A server that answers what a test wants, well or badly, and keeps what it was asked. */
export class StubServer implements AsyncDisposable {
  readonly requests: StubRequest[] = [];
  readonly #server: Bun.Server<undefined>;
  readonly #scheme: string;

  constructor(
    answer: Answer,
    options: { hostname?: string; tls?: { cert: string; key: string } } = {},
  ) {
    this.#scheme = options.tls ? "https" : "http";
    this.#server = Bun.serve({
      hostname: options.hostname ?? "127.0.0.1",
      ...(options.tls && { tls: options.tls }),
      port: 0,
      development: false,
      idleTimeout: 0,
      fetch: (request) => {
        const url = new URL(request.url);
        this.requests.push({
          method: request.method,
          path: `${url.pathname}${url.search}`,
          authorization: request.headers.get("authorization"),
        });
        return answer(request, url);
      },
    });
  }

  get port(): number {
    return this.#server.port ?? 0;
  }

  get url(): string {
    return `${this.#scheme}://127.0.0.1:${this.port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.stop(true);
  }
}

/** An address on this machine where nobody listens. */
export async function closedUrl(): Promise<string> {
  await using server = new StubServer(() => new Response());
  return server.url;
}

/** An answer of the platform's with an `error` in its body. */
export function failure(status: number, error: unknown): Response {
  return Response.json({ error }, { status });
}

/** What a proxy or another web server answers. */
export function page(status: number): Response {
  const body = "<!DOCTYPE html><html><body><h1>It works!</h1></body></html>";
  return new Response(body, { status, headers: { "content-type": "text/html" } });
}

/** An answer that begins and does not go on. */
export function stalled(start: string): Response {
  const bytes = new TextEncoder().encode(start);
  return new Response(new ReadableStream({ start: (controller) => controller.enqueue(bytes) }));
}
