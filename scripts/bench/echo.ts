import type { Bench, PlatformAddress } from "./bench.ts";
import { median, percentile, type Row } from "./figure.ts";
import { BarePty } from "./pty.ts";
import { ServerProcess } from "./server-process.ts";
import { Sshd } from "./sshd.ts";

const KEYS = 600;
const WARM_UP = 50;
/** Between keys all processes fall asleep, as they do between the keys of a person. */
const PAUSE_MS = 2;
const KNOCK_INTERVAL_MS = 50;
const ECHO = "stty raw -echo; exec cat";

/** Something that a key is sent into and comes back from. */
interface Echo {
  name: string;
  send(key: string): void;
  /** Called with what came back. */
  onData: (text: string) => void;
  /** Resolves when the program ends, after which nothing comes back. */
  ended: Promise<unknown>;
  ms: number[];
}

/** One key typed into lap's terminal until it is back, beside OpenSSH and a bare WebSocket. */
export async function measureEcho(bench: Bench): Promise<Row[]> {
  await using stack = new AsyncDisposableStack();
  const server = stack.use(new ServerProcess(bench));
  const platform = await server.address();
  const env = bench.environment(bench.home(), platform);
  const ofPty = (name: string, command: string[]): Echo => {
    const pty = stack.use(new BarePty(bench, command, env));
    const echo: Echo = {
      name,
      send: (key) => pty.type(key),
      onData: () => {},
      ended: pty.process.exited,
      ms: [],
    };
    pty.onData = (bytes) => echo.onData(Buffer.from(bytes).toString());
    return echo;
  };

  const lap = ofPty("lap", [bench.lap, "bot", "--new"]);
  const socket = await openSocket(platform, stack);
  const sshd = await Sshd.start(bench);
  if (sshd) stack.use(sshd);
  let ssh = sshd && ofPty("OpenSSH", sshd.command(ECHO));
  for (const echo of [lap, socket]) {
    if (!(await answers(echo))) throw new Error(`${echo.name} ended before it echoed`);
  }
  if (!ssh || !(await answers(ssh))) {
    bench.say(`  OpenSSH: skipped: ${ssh ? "it does not let this user in" : "no sshd"}`);
    ssh = undefined;
  }

  const all = [lap, socket, ...(ssh ? [ssh] : [])];
  for (let key = 0; key < WARM_UP + KEYS; key++) {
    for (const echo of all) {
      const ms = await roundTrip(echo);
      if (key >= WARM_UP) echo.ms.push(ms);
      await Bun.sleep(PAUSE_MS);
    }
  }

  const row = (percent: number): Row => {
    const others = [ssh, socket].filter((echo) => echo !== undefined);
    const value = percentile(lap.ms, percent);
    const limit = ssh && median(ssh.ms);
    return {
      name: `echo of a key, p${percent}`,
      value,
      unit: "ms",
      n: KEYS,
      beside: others.map(({ name, ms }) => ({ name, value: percentile(ms, percent) })),
      ...(percent === 50 && limit !== undefined
        ? { goal: { says: "≤ OpenSSH", met: value <= limit } }
        : {}),
    };
  };
  return [row(50), row(99)];
}

/** A session of its own: the output of a shared one would go to lap too. */
async function openSocket(
  { url, key }: PlatformAddress,
  stack: AsyncDisposableStack,
): Promise<Echo> {
  const api = `${url}/api/v1/managed_agents`;
  const headers = { authorization: `Bearer ${key}` };
  const get = async (path: string, method = "GET") =>
    (await fetch(api + path, { method, headers })).json();
  const { data } = (await get("/agents?search=bot")) as { data: { id: string }[] };
  const made = (await get(`/agents/${data[0]?.id}/session`, "POST")) as { id: string };
  const session = (await get(`/sessions/${made.id}`)) as { tty_url: string; tty_token: string };
  const socket = new WebSocket(url.replace("http", "ws") + session.tty_url, {
    headers: { authorization: `Bearer ${session.tty_token}` },
  });
  stack.defer(() => socket.terminate());
  const echo: Echo = {
    name: "bare WebSocket",
    send: (text) => socket.send(Buffer.from(text)),
    onData: () => {},
    ended: new Promise((resolve) => (socket.onclose = resolve)),
    ms: [],
  };
  socket.onmessage = ({ data: text }) => echo.onData(String(text));
  await new Promise<void>((resolve, reject) => {
    socket.onopen = () => resolve();
    socket.onerror = reject;
  });
  return echo;
}

/** Types until a key comes back, then until the last one has. Answers whether one did. */
async function answers(echo: Echo): Promise<boolean> {
  const answered = Promise.withResolvers<boolean>();
  echo.onData = (text) => text.includes("~") && answered.resolve(true);
  void echo.ended.then(() => answered.resolve(false));
  // Again and again: what is typed before the other side runs may get lost.
  const knock = setInterval(() => echo.send("~"), KNOCK_INTERVAL_MS);
  const did = await answered.promise;
  clearInterval(knock);
  if (!did) return false;
  const quiet = Promise.withResolvers<void>();
  echo.onData = (text) => text.includes("!") && quiet.resolve();
  echo.send("!");
  await Promise.race([quiet.promise, echo.ended]);
  return true;
}

async function roundTrip(echo: Echo): Promise<number> {
  const back = Promise.withResolvers<number>();
  echo.onData = (text) => text.includes("k") && back.resolve(performance.now());
  const start = performance.now();
  echo.send("k");
  return (await back.promise) - start;
}
