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
  ms: number[];
}

/** One key typed into lap's terminal until it is back there, beside OpenSSH and a bare WebSocket. */
export async function measureEcho(bench: Bench): Promise<Row[]> {
  await using stack = new AsyncDisposableStack();
  const server = stack.use(new ServerProcess(bench));
  const platform = await server.address();
  const env = bench.environment(bench.home(), platform);
  const ofPty = (name: string, command: string[]): Echo => {
    const pty = stack.use(new BarePty(bench, command, env));
    const echo: Echo = { name, send: (key) => pty.type(key), onData: () => {}, ms: [] };
    pty.onData = (bytes) => echo.onData(Buffer.from(bytes).toString());
    return echo;
  };

  const lap = ofPty("lap", [bench.lap, "bot", "--new"]);
  const socket = await openSocket(platform, stack);
  const sshd = await Sshd.start(bench);
  if (sshd) stack.use(sshd);
  else bench.say("  OpenSSH: skipped: no sshd");
  const ssh = sshd && ofPty("OpenSSH", sshd.command(ECHO));

  const all = [lap, socket, ...(ssh ? [ssh] : [])];
  for (const echo of all) await untilAnswers(echo);
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
    ms: [],
  };
  socket.onmessage = ({ data: text }) => echo.onData(String(text));
  await new Promise<void>((resolve, reject) => {
    socket.onopen = () => resolve();
    socket.onerror = reject;
  });
  return echo;
}

/** Types until a key comes back, then until the last one of those has. */
async function untilAnswers(echo: Echo): Promise<void> {
  const answered = Promise.withResolvers<void>();
  let [sent, seen] = [0, ""];
  echo.onData = (text) => {
    seen += text;
    if (seen.includes("~")) answered.resolve();
  };
  // Keys typed before raw mode are echoed by the terminal itself, so they end nothing.
  const knock = setInterval(() => {
    sent++;
    echo.send("~");
  }, KNOCK_INTERVAL_MS);
  await answered.promise;
  clearInterval(knock);
  const quiet = Promise.withResolvers<void>();
  echo.onData = (text) => text.includes("!") && quiet.resolve();
  echo.send("!");
  await quiet.promise;
  if (sent === 0) throw new Error(`${echo.name} does not echo`);
}

async function roundTrip(echo: Echo): Promise<number> {
  const back = Promise.withResolvers<number>();
  echo.onData = (text) => text.includes("k") && back.resolve(performance.now());
  const start = performance.now();
  echo.send("k");
  return (await back.promise) - start;
}
