import { TemporaryHome } from "../home.ts";
import { type Below, pick, random } from "../random.ts";
import { runLap } from "../world.ts";
import { waitFor } from "../wait.ts";
import { oddAnswer } from "./answers.ts";
import { SkippingClock } from "./clock.ts";
import { faultsOf } from "./judge.ts";
import { ECHOED } from "./odd.ts";
import { WatchedTerminal } from "./terminal.ts";

const KEY = "sk-fuzz-0123456789";
const TOKEN = "tty-fuzz-0123456789";
const VARIABLE = "env-fuzz-0123456789";
const SECRETS = [KEY, TOKEN, VARIABLE];

const AGENT = {
  id: "a-1",
  name: "bot",
  model: "claude-sonnet-4-6",
  prompt: null,
  harness_id: "claude-code",
  supports_tui: true,
  env_vars: { SECRET: VARIABLE },
  created_at: "2026-11-29T10:00:00.000Z",
  session_count: 1,
  has_active_session: true,
};

const SESSION = {
  id: "s-1",
  agent_id: "a-1",
  status: "ready",
  phase: "ready",
  phase_detail: null,
  failure_reason: null,
  sandbox_url: "http://127.0.0.1:1",
  tty_url: "/tty",
  tty_token: TOKEN,
  supports_tui: true,
  created_at: "2026-11-29T10:00:00.000Z",
  last_seen_at: "2026-11-29T10:05:00.000Z",
  idle_timeout_ms: 900_000,
};

const LOG = [
  { id: "1", created_at: "2026-11-29T10:00:00.000Z", type: "created", title: "made", meta: "1 s" },
  { id: "2", at: "2026-11-29T10:00:01.000Z", kind: "tool", detail: "ls", status: "complete" },
];

const DIAGNOSIS = {
  session: { ...SESSION, status: "failed", failure_reason: "oom killed", task_arn: "s-1" },
  agent: { agent_name: "bot", env_vars: { SECRET: VARIABLE } },
  pod: { phase: "Pending", waiting_reason: "ImagePullBackOff", waiting_message: "no such image" },
  pod_logs_tail: { available: true, text: "one\ntwo\n" },
  harness_probe: { ok: false, error: "refused" },
  detected_issues: [{ code: "image", message: "no image", recommended_action: "mend it" }],
  notes: ["a note"],
};

/** Everything that asks a platform for something; `{url}` is its address. */
const LINES = [
  "agents",
  "agents --json",
  "agents --search b",
  "sessions",
  "sessions --all",
  "sessions --all --json",
  "sessions --agent bot",
  "bot",
  "bot --new",
  "bot --no-tty --timeout 0.05",
  "open a-1 --new --timeout 0.05",
  "attach",
  "attach s-1",
  "attach --read-only s-1",
  "attach {url}/sessions/s-1",
  "stop s-1",
  "stop --all --yes",
  "stop --all --yes --agent bot",
  "restart --yes s-1",
  "logs s-1",
  "logs --events --json s-1",
  "logs --pod s-1",
  "diagnose s-1",
  "diagnose --json s-1",
  "doctor",
  "doctor --json s-1",
  "doctor bot",
  "login --url {url} --key-stdin",
  "__complete fish attach s",
];

/**
 * Runs one command against a platform of which any answer may be odd.
 *
 * @returns what is wrong with what lap did; nothing where all is well.
 */
export async function fuzzRest(seed: number): Promise<string[]> {
  const below = random(seed);
  await using platform = new OddPlatform(below);
  using home = new TemporaryHome();
  const line = pick(below, LINES);
  const argv = line.replace("{url}", platform.url).split(" ");
  const terminal = new WatchedTerminal();
  terminal.onOpen = () => terminal.type("\x04");
  const outcome = await runLap(argv, {
    home: home.path,
    env: line.startsWith("login") ? {} : { LAP_URL: platform.url, LAP_KEY: KEY },
    stdin: line.startsWith("login") ? KEY : "",
    clock: new SkippingClock(),
    ...(line.includes("--no-tty") ? {} : { terminal }),
  });
  const json = argv.includes("--json");
  const found = faultsOf(outcome, { secrets: SECRETS, json, rawOutput: argv.includes("--no-tty") });
  if (terminal.held) found.push("the terminal is not given back");
  if (terminal.leftBehind !== "") found.push(`left behind: ${JSON.stringify(terminal.leftBehind)}`);
  await waitFor(() => platform.joined === 0, "every terminal to be left");
  return found.map((fault) => `lap ${line}: ${fault}`);
}

/** A platform whose answers are right, nearly right, or nothing like it. */
class OddPlatform implements AsyncDisposable {
  /** Terminals that are open. */
  joined = 0;
  readonly #below: Below;
  readonly #server: Bun.Server<undefined>;
  /** In how many of a hundred answers something is odd. */
  readonly #oddity: number;

  constructor(below: Below) {
    this.#below = below;
    this.#oddity = pick(below, [10, 40, 100]);
    this.#server = Bun.serve<undefined>({
      hostname: "127.0.0.1",
      port: 0,
      development: false,
      idleTimeout: 0,
      fetch: (request, server) => this.#answer(request, server),
      error: () => new Response("error", { status: 500 }),
      websocket: {
        open: (socket) => {
          this.joined++;
          socket.send("hello\r\n");
        },
        message() {},
        close: () => void this.joined--,
      },
    });
  }

  get url(): string {
    return `http://127.0.0.1:${this.#server.port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.stop(true);
  }

  #answer(request: Request, server: Bun.Server<undefined>): Response | undefined {
    const { pathname } = new URL(request.url);
    const odd = this.#below(100) < this.#oddity;
    if (pathname === "/tty") {
      if (!odd && server.upgrade(request)) return undefined;
      return new Response("no", { status: pick(this.#below, [200, 302, 401, 403, 404, 500, 503]) });
    }
    const right = rightAnswer(request.method, pathname);
    if (odd) {
      const echoed = pick(this.#below, [KEY, TOKEN]);
      return oddAnswer(this.#below, right, (text) => text.replaceAll(ECHOED, echoed));
    }
    return typeof right === "string" ? new Response(right) : Response.json(right);
  }
}

function rightAnswer(method: string, path: string): unknown {
  const ends = (end: string) => path.endsWith(end);
  if (ends("/agents")) return { data: [AGENT], total: 1, limit: 200, offset: 0 };
  if (ends("/sessions")) return [SESSION, { ...SESSION, id: "s-2", status: "dead" }];
  if (ends("/log")) return LOG;
  if (ends("/sandbox_logs")) return "one\ntwo\n";
  if (ends("/diagnose")) return DIAGNOSIS;
  if (ends("/stream")) return ":keepalive\n\n";
  if (ends("/session")) return { ...SESSION, status: "creating", phase: "pod_pending" };
  if (method === "DELETE") return { id: "s-1", status: "deleted" };
  return path.includes("/agents/") ? AGENT : SESSION;
}
