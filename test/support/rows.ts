import { failure, StubServer } from "./stub-server.ts";

export type Row = Record<string, unknown> & { id: string };

/** Runs before each answer, which it may give itself. */
export type OnRequest = (
  method: string,
  path: string,
) => Response | undefined | void | Promise<Response | undefined | void>;

const PREFIX = "/api/v1/managed_agents";

/** A platform whose answers are exactly these rows; a DELETE makes one dead. */
export class RowsServer implements AsyncDisposable {
  readonly key = "sk-test-0123456789";
  readonly #stub: StubServer;

  /** @param agents names by id. */
  constructor(
    readonly rows: Row[],
    readonly agents: Record<string, string | null> = {},
    onRequest: OnRequest = () => {},
  ) {
    this.#stub = new StubServer(async (request, { pathname, searchParams }) => {
      const path = pathname.slice(PREFIX.length);
      const instead = await onRequest(request.method, path);
      if (instead) return instead;
      if (path === "/agents") return Response.json(this.#agents(searchParams.get("search")));
      if (path === "/sessions") return Response.json(this.#list(searchParams.get("agent_id")));
      const [, collection, id] = path.split("/").map(decodeURIComponent);
      if (collection === "agents") {
        const agent = this.#agents(null).data.find((candidate) => candidate.id === id);
        return agent ? Response.json(agent) : failure(404, `agent '${id}' not found`);
      }
      const row = this.rows.find((candidate) => candidate.id === id);
      if (!row) return failure(404, `session ${id} not found`);
      if (request.method === "DELETE") row["status"] = "dead";
      return Response.json(row);
    });
  }

  get url(): string {
    return this.#stub.url;
  }

  /** What logs a lap in here. */
  get login(): { LAP_URL: string; LAP_KEY: string } {
    return { LAP_URL: this.url, LAP_KEY: this.key };
  }

  /** Every request as `GET /sessions/s-1`, in order. */
  get asked(): string[] {
    return this.#stub.requests.map(({ method, path }) => `${method} ${path.replace(PREFIX, "")}`);
  }

  /** The ids that were deleted, in order, as often as they were. */
  get deleted(): string[] {
    const deletes = this.asked.filter((line) => line.startsWith("DELETE "));
    return deletes.map((line) => line.replace("DELETE /sessions/", ""));
  }

  #list(agentId: string | null): Row[] {
    return this.rows.filter((row) => agentId === null || row["agent_id"] === agentId).slice(0, 200);
  }

  #agents(search: string | null) {
    const data = Object.entries(this.agents)
      .map(([id, name]) => ({ id, name, harness_id: "codex", supports_tui: true }))
      .filter(({ id, name }) => `${name} ${id}`.includes(search ?? ""));
    return { data, total: data.length };
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stub[Symbol.asyncDispose]();
  }
}
