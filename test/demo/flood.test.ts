import { expect, test } from "bun:test";
import type { AgentSpec } from "../../src/demo/agents.ts";
import { SharedPty } from "../../src/demo/pty.ts";
import type { TtyClient, TtyLink } from "../../src/demo/tty.ts";
import { DemoPlatform, SHELL } from "../support/demo-platform.ts";
import { waitFor } from "../support/wait.ts";

const MIB = 1024 * 1024;

/** A client by hand: it takes what it was sent when `take` is called. */
class HandClient implements TtyClient {
  text = "";
  waiting = 0;
  received = 0;
  closed: number | undefined;
  readonly link: TtyLink;

  constructor(pty: SharedPty) {
    this.link = pty.attach(this);
  }

  send(text: string): void {
    this.text = (this.text + text).slice(-100_000);
    this.waiting += text.length;
    this.received += text.length;
  }

  close(code?: number): void {
    this.closed = code ?? 1005;
    this.link.closed();
  }

  buffered(): number {
    return this.closed === undefined ? this.waiting : 0;
  }

  take(): void {
    this.waiting = 0;
    this.link.drained();
  }

  type(text: string): void {
    this.link.keys(Buffer.from(text));
  }
}

/** Waits until nothing more was received for a while: the program is held. */
async function stands(client: HandClient): Promise<void> {
  let [received, unchanged] = [-1, 0];
  await waitFor(() => {
    unchanged = client.received === received ? unchanged + 1 : 0;
    received = client.received;
    return unchanged > 20 && received > 4 * MIB;
  }, "the flood is held");
}

/** Without the lines' ends, of which the kernel may lose one: see `FILL_MS` of the hold. */
function startsWithNumbers(text: string, count: number): boolean {
  const expected = Array.from({ length: count }, (_, index) => index + 1).join("");
  return text.replaceAll("\r\n", "").startsWith(expected);
}

async function withPty(spec: Partial<AgentSpec>, use: (pty: SharedPty) => Promise<void>) {
  const pty = new SharedPty({ ...SHELL, ...spec });
  try {
    await use(pty);
  } finally {
    await pty.stop();
  }
}

test("a flood to a client that does not read is held, and goes on when it reads", () =>
  withPty({}, async (pty) => {
    const client = new HandClient(pty);
    client.type("yes\r");
    await stands(client);
    expect(client.waiting).toBeLessThan(8 * MIB);
    const { received } = client;
    client.take();
    await waitFor(() => client.received > received, "output after the client read");
  }));

test("Ctrl-C interrupts a flood that is held", () =>
  withPty({}, async (pty) => {
    const client = new HandClient(pty);
    client.type("yes; echo over-$((40+2))\r");
    await stands(client);
    client.type("\x03");
    client.take();
    client.type("echo still-$((40+2))\r");
    await waitFor(() => {
      client.take();
      return client.text.includes("still-42");
    }, "the prompt after Ctrl-C");
  }));

test("a flood that is held again and again arrives whole", () =>
  withPty({ command: ["seq", "1", "2000000"] }, async (pty) => {
    const client = new HandClient(pty);
    const parts: string[] = [];
    const send = client.send.bind(client);
    client.send = (text) => {
      parts.push(text);
      send(text);
    };
    let holds = 0;
    await waitFor(() => {
      if (client.waiting > 4 * MIB) {
        holds += 1;
        client.take();
      }
      return client.closed !== undefined;
    }, "the end of the flood");
    expect(holds).toBeGreaterThan(1);
    expect(startsWithNumbers(parts.join(""), 2_000_000)).toBe(true);
  }));

test.each(["raw", "cbreak"])("a %s program reads the typed keys and no others", (mode) => {
  const script = `
import os, sys, threading, time, tty
tty.set${mode}(0)
read = b""
def reader():
    global read
    while True: read += os.read(0, 1000)
threading.Thread(target=reader, daemon=True).start()
line = (b"x" * 1000 + b"\\r\\n") * 50
for _ in range(200): os.write(1, line)
while b"." not in read: os.write(1, line)
os.write(1, b"<READ " + read.hex().encode() + b">")
time.sleep(60)`;
  return withPty({ command: ["python3", "-u", "-c", script] }, async (pty) => {
    const client = new HandClient(pty);
    for (let round = 0; round < 5; round++) {
      await stands(client);
      client.received = 0;
      client.type("k\x13\x11");
      client.take();
    }
    client.type(".");
    await waitFor(() => {
      client.take();
      return client.text.includes(">");
    }, "what the program read");
    // In cbreak mode the kernel itself keeps Ctrl-S and Ctrl-Q, as without any hold.
    const key = mode === "raw" ? "6b1311" : "6b";
    expect(/<READ (\w+)>/.exec(client.text)?.[1]).toBe(`${key.repeat(5)}2e`);
  });
});

test("a client that does not read holds up no other, and is let go at 64 MiB", () =>
  withPty({ command: ["cat", "/dev/zero"] }, async (pty) => {
    const [slow, fast] = [new HandClient(pty), new HandClient(pty)];
    await waitFor(() => {
      fast.take();
      return slow.closed !== undefined;
    }, "the slow client is let go");
    expect(slow.closed).toBe(1013);
    expect(slow.received).toBeLessThan(80 * MIB);
    const { received } = fast;
    await waitFor(() => {
      fast.take();
      return fast.received > received + MIB;
    }, "the fast client goes on");
  }));

test("a held flood ends with its session, and the platform is left with nothing to hold", () =>
  withPty({}, async (pty) => {
    const client = new HandClient(pty);
    client.type("yes\r");
    await stands(client);
    await pty.stop();
    expect(client.closed).toBe(1005);
  }));

test("over a socket, a paused client is not sent more than fits, and loses nothing", async () => {
  const agents = [{ ...SHELL, command: ["seq", "1", "2000000"] }];
  await using demo = new DemoPlatform({ agents });
  const { id } = await demo.session();
  const peer = await demo.attach(id);
  const socket = peer.socket as WebSocket & { pause(): void; resume(): void };
  for (let round = 0; round < 3 && peer.closed === undefined; round++) {
    const { frames } = peer;
    socket.pause();
    await Bun.sleep(50);
    socket.resume();
    await waitFor(() => peer.frames > frames || peer.closed !== undefined, "more frames");
  }
  expect(await peer.ended()).toBe(1005);
  expect(startsWithNumbers(peer.text, 2_000_000)).toBe(true);
}, 60_000);
