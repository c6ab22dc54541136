import { describe, expect, test } from "bun:test";
import { ClientStages, type Piece, UpgradeAnswer } from "./stages.ts";

const GET = "GET /agents HTTP/1.1\r\nHost: 127.0.0.1:1\r\n\r\n";
const POST = "POST /agents/a/session HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}";
const UPGRADE = "GET /tty HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n\r\n";

/** A client's frame: masked with zeros, so that it can be read. */
function frame(opcode: number, payload: string): Buffer {
  const bytes = Buffer.from(payload);
  const length =
    bytes.length < 126 ? [bytes.length] : [126, bytes.length >> 8, bytes.length & 0xff];
  const [short = 0, ...extended] = length;
  return Buffer.concat([
    Buffer.from([0x80 | opcode, 0x80 | short, ...extended, 0, 0, 0, 0]),
    bytes,
  ]);
}

/** What is about what, with neighbours of one stage as one. */
function joined(pieces: readonly Piece[]): [string, string][] {
  const found: [string, string][] = [];
  for (const { stage, bytes, first } of pieces) {
    const last = found.at(-1);
    if (last && last[0] === stage && !first) last[1] += bytes.toString("latin1");
    else found.push([stage, bytes.toString("latin1")]);
  }
  return found;
}

describe("what a client sends", () => {
  const long = "x".repeat(300);
  const sent = Buffer.concat([
    Buffer.from(GET + POST + UPGRADE),
    frame(2, "ls\r"),
    // An opcode of 8 inside of a payload is no farewell.
    frame(2, `\x88\x80${long}`),
    frame(8, ""),
    frame(2, "late"),
  ]);
  const expected = [
    ["list", GET.replace("127.0.0.1:1", "upstream:2")],
    ["create", POST.replace("Host: x", "Host: upstream:2")],
    ["upgrade", UPGRADE.replace("Host: x", "Host: upstream:2")],
    ["attached", Buffer.concat([frame(2, "ls\r"), frame(2, `\x88\x80${long}`)]).toString("latin1")],
    ["detaching", Buffer.concat([frame(8, ""), frame(2, "late")]).toString("latin1")],
  ];

  test.each([1, 2, 3, 7, 50, sent.length])("is told apart in chunks of %d", (size) => {
    const stages = new ClientStages("upstream:2");
    const pieces: Piece[] = [];
    for (let at = 0; at < sent.length; at += size) {
      pieces.push(...stages.feed(sent.subarray(at, at + size)));
    }
    expect(joined(pieces)).toEqual(expected as [string, string][]);
  });
});

describe("what a server answers to an upgrade", () => {
  const read = (text: string, size: number) => {
    const answer = new UpgradeAnswer();
    const pieces: Piece[] = [];
    for (let at = 0; at < text.length; at += size) {
      pieces.push(...answer.feed(Buffer.from(text.slice(at, at + size))));
    }
    return joined(pieces);
  };
  const head = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n";

  test.each([1, 5, 1000])("101 and the first frame, in chunks of %d", (size) => {
    expect(read(`${head}frame`, size)).toEqual([
      ["upgrade", head],
      ["attached", "frame"],
    ]);
  });

  test.each([1, 1000])("a refusal, in chunks of %d", (size) => {
    const refusal = "HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n";
    expect(read(refusal, size)).toEqual([["upgrade", refusal]]);
  });
});
