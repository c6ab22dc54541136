import { describe, expect, test } from "bun:test";
import { type IBufferCell, Terminal } from "@xterm/headless";
import { type Covered, hideOverlay, layOut, showOverlay } from "../../src/attach/overlay.ts";

const QUESTION = [
  "Stop this session? What runs in it is lost.",
  "",
  "y stops it, any other key goes back",
];
const REASON = [
  "The session was not stopped: cannot reach http://127.0.0.1:4000: connection refused",
  "",
  "any key goes back",
];
const ID = "5e551011-0000-4000-8000-000000000001";

describe("a note is laid out", () => {
  test.each<[string, string[], number, number, string[]]>([
    ["as it is where there is room", ["a", "", "b"], 80, 24, ["a", "", "b"]],
    [
      "with its lines wrapped at words",
      REASON,
      44,
      24,
      [
        "The session was not stopped: cannot reach",
        "http://127.0.0.1:4000: connection refused",
        "",
        "any key goes back",
      ],
    ],
    [
      "with an id whole, in a line of its own",
      [`session     ${ID}`, "reconnects  0", "", "any key goes back"],
      40,
      24,
      ["session", ID, "reconnects  0", "", "any key goes back"],
    ],
    [
      "without its blank line before any word is left out",
      REASON,
      44,
      3,
      [
        "The session was not stopped: cannot reach",
        "http://127.0.0.1:4000: connection refused",
        "any key goes back",
      ],
    ],
    [
      "with how to answer whole, and as much else as there is room for",
      QUESTION,
      20,
      4,
      ["Stop this sessio…", "y stops it, any", "other key goes", "back"],
    ],
    [
      "with a sign of it that something is left out",
      QUESTION,
      30,
      3,
      ["Stop this session? What ru…", "y stops it, any other key", "goes back"],
    ],
    ["with how to answer alone where there is no more room", QUESTION, 80, 1, [QUESTION[2]!]],
    ["with the start of how to answer in hardly any room", QUESTION, 13, 1, ["y stops it,"]],
    [
      "with wide characters whole",
      ["世界世界世界", "", "any"],
      8,
      24,
      ["世界世", "界世界", "", "any"],
    ],
  ])("%s", (_, lines, columns, rows, shown) => {
    expect(layOut(lines, { columns, rows }).map((line) => line.slice(1, -1))).toEqual(shown);
  });

  for (const columns of [1, 2, 3, 4, 5, 19, 80]) {
    for (const rows of [1, 2, 3, 24]) {
      test(`within ${columns}x${rows}`, () => {
        const drawn = layOut(REASON, { columns, rows });
        expect(drawn.length).toBeLessThanOrEqual(rows);
        for (const line of drawn) expect(Bun.stringWidth(line)).toBeLessThanOrEqual(columns);
      });
    }
  }
});

test.each<Covered>(["main", "kept", "alternate"])(
  "a note over the screen (%s) ends an update that the remote holds back",
  (covered) => {
    const note = showOverlay(["words"], covered);
    expect(note).toContain("\x1b[?2026l");
    expect(note.indexOf("\x1b[?2026l")).toBeLessThan(note.indexOf("words"));
  },
);

describe("a note reads as it should over a program that draws", () => {
  const SIZE = { cols: 20, rows: 6 };
  const NOTE = [" lqqk x ", " any key "];
  /** Each row, and the looks of its columns: `#` inverse, `.` plain. */
  const AS_IT_SHOULD = [
    " lqqk x  ########............",
    " any key  #########...........",
    ...Array.from({ length: 4 }, () => ` ${".".repeat(SIZE.cols)}`),
  ];

  async function shown(output: string): Promise<string[]> {
    const terminal = new Terminal({ ...SIZE, allowProposedApi: true });
    await new Promise<void>((done) => terminal.write(output, done));
    const { active } = terminal.buffer;
    return Array.from({ length: SIZE.rows }, (_, row) => {
      const line = active.getLine(active.baseY + row);
      const cells = Array.from({ length: SIZE.cols }, (_, column) => line?.getCell(column));
      return `${line?.translateToString(true)} ${cells.map(look).join("")}`;
    });
  }

  function look(cell: IBufferCell | undefined): string {
    if (!cell?.isFgDefault() || !cell.isBgDefault() || cell.isBold() || cell.isUnderline()) {
      return "?";
    }
    return cell.isInverse() ? "#" : ".";
  }

  for (const [covered, enter] of [
    ["main", ""],
    ["kept", "\x1b7"],
    ["alternate", "\x1b[?1049h"],
  ] as const) {
    test.each([
      ["in line-drawing characters", "\x1b(0"],
      ["in those, shifted to", "\x1b)0\x0e"],
      ["from the top of a scroll region", "\x1b[3;5r\x1b[?6h"],
      ["in bold, underlined and in colours", "\x1b[1;4;31;42m"],
      ["in all these ways", "\x1b(0\x1b)0\x0e\x1b[3;5r\x1b[?6h\x1b[1;4;31;42m"],
    ])(`%s, on the screen (${covered})`, async (_, way) => {
      const note = showOverlay(NOTE, covered);
      expect(await shown(`${enter}${way}${note}`)).toEqual(AS_IT_SHOULD);
    });
  }
});

describe("taken off the main screen it leaves text and cursor as they were", () => {
  const LINES = Array.from({ length: 15 }, (_, line) => `${line}\r\n`).join("");

  async function screen(size: { cols: number; rows: number }, ...steps: (string | undefined)[]) {
    const terminal = new Terminal({ cols: 40, rows: 12, allowProposedApi: true });
    for (const step of steps) {
      if (step === undefined) terminal.resize(size.cols, size.rows);
      else await new Promise<void>((done) => terminal.write(step, done));
    }
    const { active } = terminal.buffer;
    const rows = Array.from({ length: size.rows }, (_, row) => active.getLine(active.baseY + row));
    return [active.cursorX, active.cursorY, rows.map((row) => row?.translateToString(true))];
  }

  test.each([
    ["as large as before", 40, 12],
    ["larger", 80, 30],
    ["narrower", 20, 12],
    ["lower", 40, 6],
  ])("in a window that is %s", async (_, cols, rows) => {
    const note = showOverlay(["note"], "main");
    const off = hideOverlay("main", true, 1);
    const size = { cols, rows };
    const covered = await screen(size, `${LINES}$ typed`, note, undefined, `${off}X`);
    expect(covered).toEqual(await screen(size, `${LINES}$ typed`, undefined, "X"));
  });

  test("and the cursor that a program has saved", async () => {
    const note = showOverlay(["note"], "kept");
    const off = hideOverlay("kept", true, 1);
    const size = { cols: 40, rows: 12 };
    const output = "\x1b[3;5Hsaved\x1b7\x1b[8;1H$ ";
    const covered = await screen(size, output, note, `${off}X\x1b8Y`);
    expect(covered).toEqual(await screen(size, output, "X\x1b8Y"));
  });
});
