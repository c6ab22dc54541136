import { LapError } from "../errors.ts";
import {
  type Agent,
  type AgentSpec,
  createAgents,
  listAgents,
  presentAgent,
  wholeNumber,
} from "./agents.ts";
import { isOwnClient, mayUseApi, mayUseTty, randomSecret } from "./auth.ts";
import { SharedPty } from "./pty.ts";
import { presentDiagnosis, presentPodLog, presentTimeline } from "./reports.ts";
import {
  type BringUp,
  type Session,
  bringUpSession,
  createSession,
  end,
  instantBringUp,
  note,
  presentSession,
  stopProgram,
  touch,
} from "./sessions.ts";
import { heldStream } from "./stream.ts";
import { type Tty, type TtyLink, readFrame } from "./tty.ts";

/** How to start a platform; only `agents` is needed. */
export interface PlatformOptions {
  agents: AgentSpec[];
  /** On 127.0.0.1 only. Default: any free port. */
  port?: number;
  /** Default: a fresh random one. */
  key?: string;
  /** Default: a fresh random one. */
  token?: string;
  /** What a session's connections talk to. Default: one PTY, shared by the session's clients. */
  openTty?: (session: Session) => Tty;
  /** Answers instead of the platform when it returns a response: tests ask for faults here. */
  intercept?: (
    request: Request,
    url: URL,
    platform: Platform,
  ) => Response | undefined | Promise<Response | undefined>;
  /** How a session comes up. Default: through every phase at once. */
  bringUp?: BringUp;
}

/** A running platform. */
export interface Platform {
  /** Its address, without a trailing slash. */
  readonly url: string;
  readonly port: number;
  /** The master key, for REST. */
  readonly key: string;
  /** The secret of the terminals. */
  readonly token: string;
  readonly agents: readonly Agent[];
  /** The newest first. */
  readonly sessions: readonly Session[];
  /** Ends every program and closes the server. */
  stop(): Promise<void>;
}

interface Connection {
  session: Session;
  link: TtyLink | undefined;
}

const API = "/api/v1/managed_agents";

/** The harness takes messages of up to 100 MiB (PROTOCOL 6.4). */
const MAX_PAYLOAD_BYTES = 100 * 1024 * 1024;

/**
 * Serves the platform's REST and TTY protocol on loopback, with local programs as sandboxes.
 *
 * @throws LapError when the port is taken.
 */
export function startPlatform(options: PlatformOptions): Platform {
  const key = options.key ?? randomSecret();
  const token = options.token ?? randomSecret();
  const openTty = options.openTty ?? ((session) => new SharedPty(session.agent.spec));
  const bringUp = options.bringUp ?? instantBringUp;
  const agents = createAgents(options.agents, Date.now());
  const agentById = new Map(agents.map((agent) => [agent.id, agent]));
  const sessions: Session[] = [];

  const server = listen({
    hostname: "127.0.0.1",
    port: options.port ?? 0,
    development: false,
    // Bun's default turns into true with `development: false`: two platforms would share a port.
    reusePort: false,
    // Held streams and slow faults in tests; a loopback client that dies closes its connection.
    idleTimeout: 0,
    fetch: answer,
    error: () => failure(500, "internal error"),
    websocket: {
      // A quiet terminal, or a client stopped by its person, is not a dead one.
      idleTimeout: 0,
      perMessageDeflate: false,
      maxPayloadLength: MAX_PAYLOAD_BYTES,
      // No limit here, since passing it drops messages in silence: the Tty bounds what it sends.
      backpressureLimit: 0,
      open(socket) {
        const { session } = socket.data;
        session.tty ??= openTty(session);
        socket.data.link = session.tty.attach({
          send: (text) => void socket.send(text),
          close: (code = 1005, reason) => socket.close(code, reason),
          buffered: () => socket.getBufferedAmount(),
        });
      },
      message(socket, message) {
        const frame = readFrame(message);
        if (frame.type === "keys") socket.data.link?.keys(frame.bytes);
        if (frame.type === "resize") socket.data.link?.resize(frame.cols, frame.rows);
      },
      drain: (socket) => socket.data.link?.drained(),
      close: (socket) => socket.data.link?.closed(),
    },
  });

  const platform: Platform = {
    url: `http://127.0.0.1:${server.port}`,
    port: server.port ?? 0,
    key,
    token,
    agents,
    sessions,
    async stop() {
      for (const session of sessions) session.status = "dead";
      await Promise.all(sessions.map(stopProgram));
      await server.stop(true);
    },
  };
  return platform;

  async function answer(request: Request): Promise<Response | undefined> {
    const url = new URL(request.url);
    const instead = await options.intercept?.(request, url, platform);
    if (instead !== undefined) return instead;
    if (!isOwnClient(request, platform.port)) return failure(403, "forbidden");
    const tty = /^\/api\/v1\/managed_agents\/sessions\/([^/]+)\/tty$/.exec(url.pathname);
    if (tty !== null) return openSocket(request, url, tty[1] ?? "");
    if (!mayUseApi(request, key)) return failure(401, "unauthorized");
    return route(request, url);
  }

  function openSocket(request: Request, url: URL, id: string): Response | undefined {
    if (!mayUseTty(request, url, token)) return new Response(null, { status: 401 });
    const session = sessions.find((candidate) => candidate.id === id);
    if (session?.status !== "ready" || !session.agent.tui)
      return new Response(null, { status: 503 });
    const upgraded = server.upgrade(request, { data: { session, link: undefined } });
    return upgraded ? undefined : new Response(null, { status: 426 });
  }

  async function route(request: Request, url: URL): Promise<Response> {
    if (!url.pathname.startsWith(`${API}/`)) return failure(404, "not found");
    const [collection, id, verb, ...rest] = url.pathname.slice(API.length + 1).split("/");
    if (rest.length > 0) return failure(404, "not found");
    if (collection === "agents") return agentRoute(request, url, id, verb);
    if (collection === "sessions") return sessionRoute(request, url, id, verb);
    return failure(404, "not found");
  }

  function agentRoute(request: Request, url: URL, id?: string, verb?: string): Response {
    if (verb !== undefined && verb !== "session") return failure(404, "not found");
    if (request.method !== (verb === "session" ? "POST" : "GET")) return wrongMethod();
    if (id === undefined) return Response.json(listAgents(agents, sessions, url.searchParams));
    const agent = agentById.get(decodeURIComponent(id));
    if (agent === undefined) return failure(404, `agent '${id}' not found`);
    if (verb === undefined) return Response.json(presentAgent(agent));
    const session = createSession(agent);
    sessions.unshift(session);
    // The answer is made before the first phase: the platform answers at once, in `creating`.
    const response = Response.json(presentSession(session, platform));
    void bringUpSession(session, bringUp);
    return response;
  }

  async function sessionRoute(
    request: Request,
    url: URL,
    id?: string,
    verb?: string,
  ): Promise<Response> {
    const methods: Record<string, string[]> = {
      "": id === undefined ? ["GET"] : ["GET", "DELETE"],
      restart: ["POST"],
      stream: ["GET"],
      log: ["GET"],
      sandbox_logs: ["GET"],
      diagnose: ["GET"],
    };
    const allowed = methods[verb ?? ""];
    if (allowed === undefined) return failure(404, "not found");
    if (!allowed.includes(request.method)) return wrongMethod();
    if (id === undefined) return Response.json(listSessions(url.searchParams));
    const session = sessions.find((candidate) => candidate.id === id);
    // The one question that a missing session has an answer to (PROTOCOL 5).
    if (verb === "log") return Response.json(session ? presentTimeline(session) : []);
    if (session === undefined) return failure(404, `session ${id} not found`);
    if (verb === "sandbox_logs") return presentPodLog(session, url.searchParams);
    if (verb === "diagnose") return Response.json(presentDiagnosis(session));
    if (verb === "restart") return restart(session);
    if (verb === "stream") return stream(session);
    if (request.method === "DELETE") return remove(session);
    return Response.json({ ...presentSession(session, platform), origin: null });
  }

  function listSessions(query: URLSearchParams): Record<string, unknown>[] {
    const limit = Math.min(wholeNumber(query.get("limit"), 1, 50), 200);
    const agentId = query.get("agent_id");
    return sessions
      .filter((session) => agentId === null || session.agent.id === agentId)
      .slice(0, limit)
      .map((session) => presentSession(session, platform));
  }

  async function remove(session: Session): Promise<Response> {
    if (session.status === "dead") return Response.json({ id: session.id, status: "dead" });
    end(session, "dead");
    await stopProgram(session);
    return Response.json({ id: session.id, status: "deleted" });
  }

  async function restart(session: Session): Promise<Response> {
    if (session.status === "creating") return failure(409, "session is still being created");
    session.status = "creating";
    session.failureReason = null;
    note(session, "recovered", "Sandbox restarted");
    await stopProgram(session);
    await bringUpSession(session, bringUp);
    if (session.failureReason !== null) {
      return failure(502, `session restart failed: ${session.failureReason}`);
    }
    return Response.json(presentSession(session, platform));
  }

  function stream(session: Session): Response {
    if (session.status !== "ready") return failure(410, `session is ${session.status}`);
    touch(session);
    return heldStream();
  }
}

function listen(options: Bun.Serve.Options<Connection>): Bun.Server<Connection> {
  try {
    return Bun.serve(options);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "EADDRINUSE") throw cause;
    const { port } = options as { port?: number };
    throw new LapError(`port ${port} is in use`, { hint: "Give another one.", cause });
  }
}

function failure(status: number, error: string): Response {
  return Response.json({ error }, { status });
}

function wrongMethod(): Response {
  return new Response(null, { status: 405 });
}
