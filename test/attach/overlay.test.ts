import { describe, expect, test } from "bun:test";
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
