import { describe, expect, test } from "bun:test";
import { connectSocket } from "../../src/attach/socket.ts";
import type { Transport } from "../../src/attach/transport.ts";
import { Secret } from "../../src/net/secret.ts";
import { RawServer } from "../support/raw-server.ts";
import { acceptUpgrade } from "../support/upgrade.ts";
import { waitFor } from "../support/wait.ts";

/** From so many bytes on a frame is a large one, and so many tiny ones go as they are in one turn. */
const LARGE_BYTES = 1_024;
const SINGLES = 64;
const GATHERED = 1_024;
const FRAMES_A_TURN = 4_096;

/** Tiny frames name their place among all. */
const TINY_BYTES = 7;
const tiny = (place: number) => `${place}`.padStart(TINY_BYTES, "0");
const large = (place: number) => tiny(place).padEnd(LARGE_BYTES, "L");

const CLOSE = Buffer.from([0x88, 2, 0x03, 0xe8]);
/** No frame begins so: the connection ends in the same turn as what came before it. */
const NONSENSE = Buffer.from([0xff, 0xff]);

function frameOf(text: string): Buffer {
  const { length } = text;
  const head = length < 126 ? [length] : [126, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([0x82, ...head]), Buffer.from(text)]);
}

/** What is told, in order, of frames and an end that a sandbox sends in one go. */
async function told(frames: string[], end = CLOSE): Promise<string[]> {
  const events: string[] = [];
  await using server = await RawServer.start((socket, head) => {
    acceptUpgrade(socket, head);
    socket.write(Buffer.concat([...frames.map(frameOf), end]));
  });
  await connectSocket(
    { url: server.url.replace("http", "ws"), token: new Secret("t") },
    {
      onData: (bytes) => void events.push(Buffer.from(bytes).toString()),
      onPong() {},
      onEnd: ({ code }) => void events.push(`end ${code}`),
    },
    new AbortController().signal,
  );
  await waitFor(() => events.some((event) => event.startsWith("end ")), "the end");
  return events;
}

const tinies = (count: number, from = 0) =>
  Array.from({ length: count }, (_, index) => tiny(from + index));

describe("frames that come in one go are passed on whole and in order", () => {
  test.each<[what: string, frames: string[]]>([
    ["a few", tinies(3)],
    ["as many as go singly", tinies(SINGLES)],
    ["one more, which is gathered, to the end", tinies(SINGLES + 1)],
    ["some gathered, to the end", tinies(SINGLES + 100)],
    ["as many as are gathered at once", tinies(SINGLES + GATHERED)],
    ["one more than are gathered at once", tinies(SINGLES + GATHERED + 1)],
    ["as many as a turn takes", tinies(FRAMES_A_TURN)],
    ["more than two turns take", tinies(2 * FRAMES_A_TURN + SINGLES + 3)],
    ["many turns of them", tinies(20 * FRAMES_A_TURN + 1)],
    ["a large one behind gathered ones", [...tinies(100), large(100)]],
    ["a large one amid gathered ones", [...tinies(100), large(100), ...tinies(50, 101)]],
    ["large ones alone", [large(0), large(1), large(2)]],
    [
      "a large one behind more than a turn takes",
      [...tinies(FRAMES_A_TURN + 100), large(FRAMES_A_TURN + 100)],
    ],
  ])("%s", async (_, frames) => {
    const events = await told(frames);
    // Nothing follows the end.
    expect(events.at(-1)).toBe("end 1000");
    const passed = events.slice(0, -1);
    expect(passed.join("") === frames.join("")).toBe(true);
    const most = passed.reduce((longest, { length }) => Math.max(longest, length), 0);
    expect(most).toBeLessThanOrEqual(GATHERED * TINY_BYTES);
  });

  test("the first of a turn singly, the others many at once, a large one by itself", async () => {
    const events = await told([...tinies(SINGLES + 10), large(SINGLES + 10), tiny(SINGLES + 11)]);
    expect(events).toEqual([
      ...tinies(SINGLES),
      tinies(10, SINGLES).join(""),
      large(SINGLES + 10),
      tiny(SINGLES + 11),
      "end 1000",
    ]);
  });

  test("those that wait when the connection breaks, before its end is told", async () => {
    const events = await told(tinies(SINGLES + 10), NONSENSE);
    expect(events).toEqual([...tinies(SINGLES), tinies(10, SINGLES).join(""), "end 1006"]);
  });
});

test("each turn begins anew: its first frames are passed on singly, however many came before", async () => {
  const ROUNDS = 3;
  const round = tinies(SINGLES);
  const bytes = Buffer.concat(round.map(frameOf));
  const events: string[] = [];
  await using server = await RawServer.start((socket, head) => {
    acceptUpgrade(socket, head);
    socket.write(bytes);
    // Each key that is typed is answered so.
    socket.on("data", () => socket.write(bytes));
  });
  const transport = await connectSocket(
    { url: server.url.replace("http", "ws"), token: new Secret("t") },
    { onData: (data) => void events.push(Buffer.from(data).toString()), onPong() {}, onEnd() {} },
    new AbortController().signal,
  );
  for (let rounds = 1; rounds <= ROUNDS; rounds++) {
    await waitFor(
      () => events.length >= rounds * SINGLES,
      () => `round ${rounds}: ${events.length}`,
    );
    transport.sendInput(Buffer.from("k"));
  }
  const expected = Array.from({ length: ROUNDS }, () => round).flat();
  expect(events.slice(0, expected.length)).toEqual(expected);
  transport.terminate();
});

describe("of a flood of tiny frames", () => {
  const FLOOD = 1_000_000;
  /** Bun reads 512 KiB at once, which are some 175 000 of them: those are handed over in any case. */
  const QUARTER = FLOOD / 4;
  const flood = Buffer.alloc(3 * FLOOD, Buffer.from([0x82, 1, 0x78]));

  /** Each connection gets the flood once a key is typed on it. */
  const flooding = () =>
    RawServer.start((socket, head) => {
      acceptUpgrade(socket, head);
      socket.once("data", () => void socket.write(flood));
    });

  async function join(server: RawServer, onData: (bytes: Uint8Array) => void): Promise<Transport> {
    return connectSocket(
      { url: server.url.replace("http", "ws"), token: new Secret("t") },
      { onData, onPong() {}, onEnd() {} },
      new AbortController().signal,
    );
  }

  test("no more than a read comes once it is paused, however full the turn was", async () => {
    await using server = await flooding();
    let [received, beside] = [0, 0];
    const paused = await join(server, ({ length }) => {
      received += length;
      paused.pause();
    });
    // By when this one has all, the other would have as well.
    const reading = await join(server, ({ length }) => void (beside += length));
    paused.sendInput(Buffer.from("k"));
    reading.sendInput(Buffer.from("k"));
    await waitFor(() => beside === FLOOD, "the flood");
    expect(received).toBeGreaterThan(FRAMES_A_TURN);
    expect(received).toBeLessThan(QUARTER);
    for (const transport of [paused, reading]) transport.terminate();
  });

  test("no more than a read comes in a turn, though it is paused and resumed in it", async () => {
    await using server = await flooding();
    let [received, inTurn, most] = [0, 0, 0];
    const transport = await join(server, ({ length }) => {
      received += length;
      if (inTurn === 0) setImmediate(() => (inTurn = 0));
      inTurn += length;
      most = Math.max(most, inTurn);
      transport.pause();
      transport.resume();
    });
    transport.sendInput(Buffer.from("k"));
    await waitFor(
      () => received === FLOOD,
      () => `the flood: ${received}`,
    );
    expect(most).toBeLessThan(QUARTER);
    transport.terminate();
  });
});
