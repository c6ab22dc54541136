import { describe, expect, test } from "bun:test";
import { type Quote, quoteForBash, readBashLine } from "../../src/shells/bashline.ts";

const BREAKS = ` \t\n"'><=;|&(:`;

describe("a line is split as bash would", () => {
  test.each<[string, string[], string, number, Quote]>([
    ["lap", [], "lap", 0, ""],
    ["lap ", [], "", 0, ""],
    ["lap ref", [], "ref", 0, ""],
    ["lap open ref", ["open"], "ref", 0, ""],
    ["lap  open\t ref ", ["open", "ref"], "", 0, ""],
    ["lap my\\ a", [], "my a", 0, ""],
    ["lap my\\", [], "my\\", 0, ""],
    ["lap 'my a", [], "my a", 0, "'"],
    ["lap 'my a' x", ["my a"], "x", 0, ""],
    ["lap 'my a'x", [], "my ax", 0, ""],
    ["lap my' a", [], "my a", 2, "'"],
    ["lap 'a\\", [], "a\\", 0, "'"],
    ['lap "a\\"b', [], 'a"b', 0, '"'],
    ['lap "a\\n$x\\$y', [], "a\\n$x$y", 0, '"'],
    ["lap \"it's", [], "it's", 0, '"'],
    ["lap 'a'\\''b", [], "a'b", 2, "'"],
    ["lap a:b", [], "a:b", 2, ""],
    ["lap a\\:b", [], "a:b", 0, ""],
    ["lap 'a:b", [], "a:b", 0, "'"],
    ["lap 'a:b'c", [], "a:bc", 0, ""],
    ["lap --agent=re", [], "--agent=re", 8, ""],
    ["lap --agent='my a", [], "--agent=my a", 8, "'"],
    ["lap '' x", [""], "x", 0, ""],
    ["lap $(touch x) `y", ["$(touch", "x)"], "`y", 0, ""],
    ["'lap' a", [], "a", 0, ""],
  ])("%s", (line, words, current, kept, quote) => {
    // The command is no word of its own.
    const expected =
      line === "lap" ? { words: [], current, kept, quote } : { words, current, kept, quote };
    expect(readBashLine(line, BREAKS)).toEqual(expected);
  });

  test("by other breaks than the usual", () => {
    expect(readBashLine("lap a:b=c", " ").kept).toBe(0);
    expect(readBashLine("lap me@ho", `${BREAKS}@`).kept).toBe(2);
  });
});

describe("a text is quoted", () => {
  test.each<[string, Quote, string]>([
    ["plain-1.2_/:=@%+,", "", "plain-1.2_/:=@%+,"],
    ["世界 é", "", "世界\\ é"],
    ["a b", "", "a\\ b"],
    ["$(x)`y`", "", "\\$\\(x\\)\\`y\\`"],
    ["~#*?[]{}!^", "", "\\~\\#\\*\\?\\[\\]\\{\\}\\!\\^"],
    [`it's "so"`, "", `it\\'s\\ \\"so\\"`],
    ["a\\b", "", "a\\\\b"],
    ["a b$", "'", "a b$"],
    ["it's", "'", "it'\\''s"],
    ["its'", "'", "its'\\'''"],
    ['a "b" $x `y` \\', '"', 'a \\"b\\" \\$x \\`y\\` \\\\'],
    ['say "', '"', 'say \\""'],
    ["a!b", '"', `a"'!'"b`],
    ["a!", '"', `a"'!'""`],
  ])("%s within %p", (text, quote, expected) => {
    expect(quoteForBash(text, quote)).toBe(expected);
  });

  const texts = [
    "a b",
    "it's",
    `"`,
    "'",
    "!x!",
    "$HOME",
    "`id`",
    "\\",
    "*",
    "~",
    "{a,b}",
    "#a",
    "é 世界",
  ];

  test.each(texts)("so that bash reads %p again", (text) => {
    for (const quote of ["", "'", '"'] as const) {
      const quoted = quoteForBash(text, quote);
      // bash closes what is open, unless it ends in a quote.
      const line = `${quote}${quoted}${quote && !quoted.endsWith(quote) ? quote : ""}`;
      const { stdout } = Bun.spawnSync(["bash", "-c", `printf %s ${line}`]);
      expect(stdout.toString()).toBe(text);
    }
  });
});
