import { describe, expect, test } from "bun:test";
import { Terminal } from "@xterm/headless";
import { renderSvg } from "../../scripts/picture/svg.ts";
import { useModernWidths } from "../../scripts/picture/widths.ts";

async function picture(output: string, title = "a title"): Promise<string> {
  const terminal = new Terminal({ cols: 20, rows: 3, allowProposedApi: true });
  useModernWidths(terminal);
  await new Promise<void>((done) => terminal.write(output, done));
  return renderSvg(terminal, { title });
}

/** The spans that show text, without the window around them. */
function spans(svg: string): string[] {
  return svg.match(/<tspan [^]*?<\/tspan>/g) ?? [];
}

describe("the picture of a screen", () => {
  test.each([
    ["plain", "hi", `<tspan x="18" textLength="16.8">hi</tspan>`],
    ["one of 16 colours", "\x1b[32mhi", `style="fill:#3fb950">hi<`],
    ["a bright one", "\x1b[92mhi", `style="fill:#56d364">hi<`],
    ["one of the cube", "\x1b[38;5;208mhi", `style="fill:#ff8700">hi<`],
    ["a grey", "\x1b[38;5;244mhi", `style="fill:#808080">hi<`],
    ["true colour", "\x1b[38;2;1;2;3mhi", `style="fill:#010203">hi<`],
    ["bold, which is bright too", "\x1b[1;32mhi", `style="fill:#56d364" class="b">hi<`],
    ["dim, italic, underlined", "\x1b[2;3;4mhi", `class="d i u">hi<`],
    ["inverse", "\x1b[7;32mhi", `style="fill:#0d1117">hi<`],
    ["markup", `<b>&"`, `>&lt;b&gt;&amp;&quot;</tspan>`],
    ["blanks inside", "a   b", `>a   b</tspan>`],
    ["blanks before", "   b", `x="43.2" textLength="8.4">b<`],
    ["underlined blanks", "\x1b[4m  \x1b[0m", `class="u">  <`],
    ["what is concealed", "\x1b[8mx\x1b[0my", `x="26.4" textLength="8.4">y<`],
  ])("%s", async (_name, output, expected) => {
    expect(await picture(output)).toContain(expected);
  });

  test.each([
    ["a colour of its own", "\x1b[44mhi", "#58a6ff"],
    ["of 24 bits", "\x1b[48;2;9;8;7mhi", "#090807"],
    ["inverse", "\x1b[7;32mhi", "#3fb950"],
    ["inverse without a colour", "\x1b[7mhi", "#e6edf3"],
  ])("a background: %s", async (_name, output, fill) => {
    expect(await picture(output)).toContain(
      `<rect x="18" y="38" width="16.8" height="20" fill="${fill}"/>`,
    );
  });

  test.each([
    ["a wide character", "世x", 2],
    ["an emoji", "🎉x", 2],
    ["a mark of one column", "✓x", 1],
    ["a combining accent", "e\u0301x", 1],
  ])("what follows %s stands in its column", async (_name, output, columns) => {
    const [first, second] = spans(await picture(output));
    expect(first).toContain(`x="18" textLength="${columns * 8.4}"`);
    expect(second).toBe(`<tspan x="${18 + columns * 8.4}" textLength="8.4">x</tspan>`);
  });

  test("each line stands below the one before, empty ones are left out", async () => {
    const lines = (await picture("a\r\n\r\nb")).match(/<text xml:space="preserve" y="[\d.]+">/g);
    expect(lines?.map((line) => /y="([\d.]+)"/.exec(line)?.[1])).toEqual(["52.5", "92.5"]);
  });

  test("only the screen is shown, not what scrolled off", async () => {
    const svg = await picture("gone\r\n1\r\n2\r\n3");
    expect(svg).not.toContain("gone");
    expect(spans(svg)).toHaveLength(3);
  });

  test("the title is escaped", async () => {
    expect(await picture("", "a < b & c")).toContain(">a &lt; b &amp; c</text>");
  });

  test("the same screen gives the same bytes", async () => {
    const output = "\x1b[1;31mred\x1b[0m 世界 🎉\r\n\x1b[7minverse";
    expect(await picture(output)).toBe(await picture(output));
  });
});
