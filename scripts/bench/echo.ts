import type { Bench, PlatformAddress } from "./bench.ts";
import { percentile, type Row } from "./figure.ts";
import { BarePty } from "./pty.ts";
import { ServerProcess } from "./server-process.ts";
import { Sshd } from "./sshd.ts";

const KEYS = 600;
/** Typed into one terminal before the next one's turn: people type lines, and into one terminal at a time. */
const KEYS_IN_A_ROW = 20;
/** Typed at once between the first keys and the others: by then lap's code is compiled, as ssh's is. */
const KEYS_BETWEEN = 1_500;
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
}

/**
 * One key typed into lap's terminal until it is back, beside OpenSSH, the least program in a terminal
 * that lap's runtime can run, and a bare WebSocket without a terminal.
 */
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
    };
    pty.onData = (bytes) => echo.onData(Buffer.from(bytes).toString());
    return echo;
  };

  const lap = ofPty("lap", [bench.lap, "bot", "--new"]);
  const least = ofPty("least client", [bench.bareClient, "terminal"]);
  const socket = await openSocket(platform, stack);
  const sshd = await Sshd.start(bench);
  if (sshd) stack.use(sshd);
  let ssh = sshd && ofPty("OpenSSH", sshd.command(ECHO));
  for (const echo of [lap, least, socket]) {
    if (!(await answers(echo))) throw new Error(`${echo.name} ended before it echoed`);
  }
  if (!ssh || !(await answers(ssh))) {
    bench.say(`  OpenSSH: skipped: ${ssh ? "it does not let this user in" : "no sshd"}`);
    ssh = undefined;
  }

  const all = [lap, least, socket, ...(ssh ? [ssh] : [])];
  const first = await type(all);
  for (const echo of all) for (let key = 0; key < KEYS_BETWEEN; key++) await roundTrip(echo);
  const later = await type(all);
  // By itself: it would have the others wait for its turns.
  const common = sshd?.obscuresKeys
    ? ofPty("OpenSSH as it comes", sshd.command(ECHO, { asItComes: true }))
    : undefined;
  if (common && (await answers(common))) {
    for (const [echo, times] of await type([common])) later.set(echo, times);
  }

  const row = (name: string, times: Map<Echo, number[]>, percent: number): Row => {
    const of = (echo: Echo) => percentile(times.get(echo) ?? [], percent);
    const value = of(lap);
    const limit = ssh && of(ssh);
    return {
      name: `echo of ${name}, p${percent}`,
      value,
      unit: "ms",
      n: KEYS,
      beside: [
        ...(limit === undefined ? [] : [{ name: "OpenSSH", value: limit }]),
        ...[common, least, socket]
          .filter((echo): echo is Echo => echo !== undefined && times.has(echo))
          .map((echo) => ({ name: echo.name, value: of(echo) })),
      ],
      ...(limit !== undefined &&
        percent === 50 && { goal: { says: "≤ OpenSSH", met: value <= limit } }),
    };
  };
  const name = `a key after ${KEYS + KEYS_BETWEEN} others`;
  const begin = `a session's first ${KEYS} keys`;
  return [row(name, later, 50), row(name, later, 99), row(begin, first, 50)];
}

/** Types in turns, in both directions: the machine's speed wanders, and each leaves its caches to the next. */
async function type(echoes: Echo[]): Promise<Map<Echo, number[]>> {
  const times = new Map(echoes.map((echo): [Echo, number[]] => [echo, []]));
  for (let turn = 0; turn < KEYS / KEYS_IN_A_ROW; turn++) {
    for (const echo of turn % 2 === 0 ? echoes : echoes.toReversed()) {
      for (let key = 0; key < KEYS_IN_A_ROW; key++) {
        times.get(echo)?.push(await roundTrip(echo));
        await Bun.sleep(PAUSE_MS);
      }
    }
  }
  return times;
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
  };
  socket.onmessage = ({ data: text }) => echo.onData(String(text));
  await new Promise<void>((resolve, reject) => {
    socket.onopen = () => resolve();
    socket.onerror = reject;
  });
  return echo;
}

/** Types until a key comes back, then until the last one has. Returns whether one did. */
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
