import { describe, expect, test } from "bun:test";
import { DemoPlatform, SHELL } from "../support/demo-platform.ts";
import { TtyPeer } from "../support/tty-peer.ts";

/** Runs a line of Python, which every development machine has, as an agent. */
const python = (script: string) => ({ ...SHELL, command: ["python3", "-u", "-c", script] });

/** Takes the whole screen, and paints only when its size is another than the last time. */
const PAINTER = `
import os, signal, time
last = os.get_terminal_size()
os.write(1, b"\\033[?1049h")
def paint(*_):
    global last
    size = os.get_terminal_size()
    if size != last: os.write(1, f"painted {size.lines}x{size.columns};".encode())
    last = size
signal.signal(signal.SIGWINCH, paint)
os.write(1, b"up")
while True: time.sleep(1)`;

describe("a terminal", () => {
  test("is 100×30 until a client resizes it", async () => {
    await using demo = new DemoPlatform();
    const peer = await demo.attach((await demo.session()).id);
    peer.type("stty size\r");
    await peer.shows("30 100");
    peer.resize(91, 33);
    peer.type("stty size\r");
    await peer.shows("33 91");
  });

  test("gets text frames as keys, but for resize and ping", async () => {
    await using demo = new DemoPlatform();
    const peer = await demo.attach((await demo.session()).id);
    peer.socket.send('{"type":"ping"}');
    peer.socket.send("echo a");
    peer.socket.send('{"type":"resize","cols":70,"rows":20}');
    peer.socket.send("b; stty size\r");
    await peer.shows(/ab\r\n20 70\r\n/);
  });

  test("sends whole characters, wherever the program cuts them", async () => {
    const script = `
import os, time
for byte in "\\ufeffé✻🦊x".encode():
    os.write(1, bytes([byte])); time.sleep(0.01)
time.sleep(60)`;
    await using demo = new DemoPlatform({ agents: [python(script)] });
    const peer = await demo.attach((await demo.session()).id);
    await peer.shows("\ufeffé✻🦊x");
  });

  test("has an environment of its own, without lap's secrets", async () => {
    const env = {
      ...SHELL.env,
      LAP_KEY: "secret",
      npm_config_x: "secret",
      COLUMNS: "7",
      MINE: "1",
    };
    await using demo = new DemoPlatform({ agents: [{ ...SHELL, env }] });
    const peer = await demo.attach((await demo.session()).id);
    peer.type('echo "<$TERM|$LAP_KEY|$npm_config_x|$HISTFILE|$MINE>"; tput cols\r');
    await peer.shows("<xterm-256color||||1>\r\n100\r\n");
  });

  test("tells of its program's end, closes without a code, and starts anew", async () => {
    await using demo = new DemoPlatform();
    const { id } = await demo.session();
    const [one, two] = [await demo.attach(id), await demo.attach(id)];
    one.type("exit 7\r");
    const line = "\r\n\x1b[2m[bridge] process exited (code=7, signal=0)\x1b[0m\r\n";
    expect([await one.ended(), await two.ended()]).toEqual([1005, 1005]);
    expect([one.text.endsWith(line), two.text.endsWith(line)]).toEqual([true, true]);
    expect(await demo.json(`/sessions/${id}`)).toMatchObject({ status: "ready" });
    const again = await demo.attach(id);
    again.type("echo new-$((40+2))\r");
    await again.shows("new-42");
    expect(again.text).not.toContain("exit 7");
  });

  test("names the signal that ended its program", async () => {
    await using demo = new DemoPlatform();
    const peer = await demo.attach((await demo.session()).id);
    peer.type("kill -9 $$\r");
    await peer.ended();
    expect(peer.text).toContain("(code=0, signal=9)");
  });

  test("leaves the alternate screen for a program that was killed in it", async () => {
    const script = "import os, signal; os.write(1, b'\\033[?1049hfull'); os.kill(os.getpid(), 9)";
    await using demo = new DemoPlatform({ agents: [python(script)] });
    const peer = await demo.attach((await demo.session()).id);
    await peer.ended();
    const { text } = peer;
    expect(text.indexOf("\x1b[?1049l")).toBeGreaterThan(text.indexOf("full"));
    expect(text.indexOf("\x1b[?1049l")).toBeLessThan(text.indexOf("[bridge]"));
  });

  test("whose program cannot start says why and closes", async () => {
    const agents = [{ ...SHELL, command: ["/no/such/program"] }];
    await using demo = new DemoPlatform({ agents, bringUp: async function* () {} });
    const peer = await demo.attach((await demo.session()).id);
    expect(await peer.ended()).toBe(1005);
    expect(peer.text).toContain("[bridge] failed to spawn /no/such/program");
  });
});

describe("clients", () => {
  test("may leave and come back to the same program, and are shown what they left", async () => {
    await using demo = new DemoPlatform();
    const { id } = await demo.session();
    const peer = await demo.attach(id);
    peer.type("kept=same; echo left-$((40+2))\r");
    await peer.shows("left-42");
    peer.close();
    await peer.ended();
    const again = await demo.attach(id);
    await again.shows("left-42");
    again.type('echo "is<$kept>"\r');
    await again.shows("is<same>");
  });

  test("see the same, in the size of the one that typed last or is left", async () => {
    await using demo = new DemoPlatform({ agents: [python(PAINTER)] });
    const { id } = await demo.session();
    const one = await demo.attach(id);
    await one.shows("up");
    const two = await demo.attach(id);
    const both = (text: string) => Promise.all([one.shows(text), two.shows(text)]);
    one.resize(80, 24);
    await both("painted 24x80");
    two.resize(60, 20);
    await both("painted 20x60");
    one.forget();
    two.forget();
    one.type("x");
    await both("painted 24x80");
    one.close();
    await two.shows("painted 20x60");
  });

  test("that return to a full-screen program make it paint", async () => {
    await using demo = new DemoPlatform({ agents: [python(PAINTER)] });
    const { id } = await demo.session();
    const peer = await demo.attach(id);
    await peer.shows("up");
    peer.close();
    await peer.ended();
    const again = await demo.attach(id);
    again.resize(100, 30);
    await again.shows("painted 30x100");
    const [screen, paint] = ["\x1b[?1049h", "painted"].map((text) => again.text.indexOf(text));
    expect(screen).toBeGreaterThanOrEqual(0);
    expect(screen).toBeLessThan(paint ?? 0);
  });
});

describe("an upgrade", () => {
  const refused = (url: string, headers: Record<string, string> = {}) =>
    TtyPeer.open({ url, headers }).then(
      () => "101",
      (error: Error) => /\d{3}$/.exec(error.message)?.[0] ?? error.message,
    );

  test.each([
    [undefined, "", "401"],
    [undefined, "?token=bad", "401"],
    ["Bearer bad", "?token=tty-token", "401"],
    ["Bearer tty-token", "?token=bad", "101"],
    ["bearer tty-token", "", "101"],
    [undefined, "?token=tty-token", "101"],
    ["Bearer master-key", "", "401"],
  ])("with the header %p and the query '%s' is %s", async (authorization, query, status) => {
    await using demo = new DemoPlatform({ key: "master-key", token: "tty-token" });
    const { id } = await demo.session();
    const headers = authorization === undefined ? undefined : { authorization };
    expect(await refused(demo.ttyUrl(id) + query, headers)).toBe(status);
  });

  test("is 503 without a session, without a terminal, and before it is ready or after", async () => {
    await using demo = new DemoPlatform({ agents: [{ ...SHELL, harness_id: "opencode" }] });
    await using shells = new DemoPlatform();
    const headers = { authorization: `Bearer ${demo.platform.token}` };
    expect(await refused(demo.ttyUrl("nope"), headers)).toBe("503");
    expect(await refused(demo.ttyUrl((await demo.session()).id), headers)).toBe("503");
    const { id } = await shells.session();
    await shells.request(`/sessions/${id}`, { method: "DELETE" });
    const own = { authorization: `Bearer ${shells.platform.token}` };
    expect(await refused(shells.ttyUrl(id), own)).toBe("503");
  });

  test("of a web page is 403", async () => {
    await using demo = new DemoPlatform();
    const authorization = `Bearer ${demo.platform.token}`;
    const url = demo.ttyUrl((await demo.session()).id);
    expect(await refused(url, { authorization, origin: "http://127.0.0.1" })).toBe("403");
    expect(await refused(url, { authorization, host: "evil.example" })).toBe("403");
  });
});

describe("the end of a session", () => {
  const alive = (pid: number) => {
    const { stdout } = Bun.spawnSync(["ps", "-o", "stat=", "-p", `${pid}`]);
    return !["", "Z"].includes(stdout.toString().trim().slice(0, 1));
  };

  /** A shell that ignores a hangup and has a child in the background that does, too. */
  async function stubborn(demo: DemoPlatform) {
    const { id } = await demo.session();
    const peer = await demo.attach(id);
    peer.type("trap '' HUP; sleep 1000 & echo pids:$$:$!:\r");
    await peer.shows(/pids:\d+:\d+:/);
    const [, shell, child] = /pids:(\d+):(\d+):/.exec(peer.text) ?? [];
    return { id, peer, pids: [Number(shell), Number(child)] };
  }

  test("does not mind keys and sizes that come while it ends", async () => {
    await using demo = new DemoPlatform();
    const { id, peer } = await stubborn(demo);
    const deleted = demo.request(`/sessions/${id}`, { method: "DELETE" });
    while (peer.closed === undefined) {
      peer.type("x");
      peer.resize(80, 20 + (peer.frames++ % 9));
      await Bun.sleep(1);
    }
    expect((await deleted).status).toBe(200);
  });

  test.each(["delete", "stop"])("by %s leaves no process", async (how) => {
    await using demo = new DemoPlatform();
    const { id, peer, pids } = await stubborn(demo);
    expect(pids.map(alive)).toEqual([true, true]);
    if (how === "delete") await demo.request(`/sessions/${id}`, { method: "DELETE" });
    else await demo.platform.stop();
    expect(pids.map(alive)).toEqual([false, false]);
    await peer.ended();
  });
});
