import { describe, expect, test } from "bun:test";
import { type IBufferCell, Terminal } from "@xterm/headless";
import { layOut, showOverlay } from "../../src/attach/overlay.ts";

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
    ["with the begin of how to answer in hardly any room", QUESTION, 13, 1, ["y stops it,"]],
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

test.each([
  ["main", false],
  ["alternate", true],
])("a note over the %s screen ends an update that the remote holds back", (_, onAlternate) => {
  const note = showOverlay(["words"], onAlternate);
  expect(note).toContain("\x1b[?2026l");
  expect(note.indexOf("\x1b[?2026l")).toBeLessThan(note.indexOf("words"));
});

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

  for (const [screen, onAlternate, enter] of [
    ["main", false, ""],
    ["alternate", true, "\x1b[?1049h"],
  ] as const) {
    test.each([
      ["in line-drawing characters", "\x1b(0"],
      ["in those, shifted to", "\x1b)0\x0e"],
      ["from the top of a scroll region", "\x1b[3;5r\x1b[?6h"],
      ["in bold, underlined and in colours", "\x1b[1;4;31;42m"],
      ["in all these ways", "\x1b(0\x1b)0\x0e\x1b[3;5r\x1b[?6h\x1b[1;4;31;42m"],
    ])(`%s, on the ${screen} screen`, async (_, way) => {
      const note = showOverlay(NOTE, onAlternate);
      expect(await shown(`${enter}${way}${note}`)).toEqual(AS_IT_SHOULD);
    });
  }
});
