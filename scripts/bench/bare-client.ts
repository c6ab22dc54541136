/**
 * The least that can stand where lap stands: the same requests and the same upgrade, without
 * libraries, files or messages. Measured compiled, from its start (`fresh`, `returning`), and as a
 * process that waits already (`serve`): then it runs once per line on stdin and answers with its
 * milliseconds. As `terminal` it also joins the terminal on stdin, and knows no key and no mode.
 */
import { writeSync } from "node:fs";
import { createInterface } from "node:readline";

const STDIN = 0;
const STDOUT = 1;

const [mode = "fresh"] = process.argv.slice(2);
const { LAP_URL = "", LAP_KEY = "" } = process.env;
const API = `${LAP_URL}/api/v1/managed_agents`;
const AUTHORIZED = { headers: { authorization: `Bearer ${LAP_KEY}` } };

interface BareSession {
  id: string;
  tty_url: string;
  tty_token: string;
}

let remembered = "";

async function request<T>(path: string, init: RequestInit = {}): Promise<T> {
  const response = await fetch(API + path, { ...AUTHORIZED, ...init });
  return (await response.json()) as T;
}

/** Resolves when the socket is open. */
async function open(returning: boolean): Promise<WebSocket> {
  const lookUp = request<{ data: { id: string }[] }>("/agents?limit=200&search=bot");
  let session: BareSession;
  if (returning) {
    [, session] = await Promise.all([lookUp, request<BareSession>(`/sessions/${remembered}`)]);
  } else {
    const { data } = await lookUp;
    const agent = data[0]?.id;
    const { id } = await request<BareSession>(`/agents/${agent}/session`, { method: "POST" });
    session = await request<BareSession>(`/sessions/${id}`);
    remembered = id;
  }
  const socket = new WebSocket(LAP_URL.replace("http", "ws") + session.tty_url, {
    headers: { authorization: `Bearer ${session.tty_token}` },
    perMessageDeflate: false,
  });
  await new Promise<void>((resolve, reject) => {
    socket.onopen = () => resolve();
    socket.onerror = reject;
  });
  return socket;
}

/** Until the terminal hangs up. */
async function join(socket: WebSocket): Promise<void> {
  Bun.spawnSync(["stty", "raw", "-echo"], { stdin: "inherit" });
  const encoder = new TextEncoder();
  socket.onmessage = ({ data }) => writeSync(STDOUT, encoder.encode(data));
  socket.onclose = () => process.exit();
  const reader = Bun.file(STDIN).stream().getReader();
  for (;;) {
    const { value, done } = await reader.read();
    if (done) process.exit();
    socket.send(value);
  }
}

if (mode === "serve") {
  for await (const line of createInterface({ input: process.stdin })) {
    const start = performance.now();
    const socket = await open(line === "returning");
    socket.terminate();
    console.log(performance.now() - start);
  }
} else if (mode === "terminal") {
  await join(await open(false));
} else {
  remembered = process.env.LAP_SESSION ?? "";
  await open(mode === "returning");
}
