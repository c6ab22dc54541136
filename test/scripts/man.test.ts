import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { renderMan } from "../../scripts/man.ts";
import { lapKeyRows } from "../../src/attach/lapkey.ts";
import { explain } from "../../src/commands/help.ts";
import { type CommandName, COMMANDS, loadCommand } from "../../src/commands/index.ts";
import { SETTINGS } from "../../src/config/settings.ts";
import { PROXY_VARIABLES } from "../../src/net/proxy.ts";
import { EXIT } from "../../src/errors.ts";
import { lockPath, previousPath, stagingPath } from "../../src/upgrade/swap.ts";
import { readSources } from "../support/architecture.ts";

const ROOT = join(import.meta.dir, "..", "..");
const README = readFileSync(join(ROOT, "README.md"), "utf8");
const PAGE = renderMan();

/** What a reader sees, without the marks of roff. */
const read = PAGE.replace(/\\f[BR]/g, "")
  .replace(
    /\\\((\w\w)/g,
    (_, name: string) => ({ aq: "'", ga: "`", ha: "^", ti: "~", dq: '"' })[name] ?? "",
  )
  .replace(/\\\[u([0-9A-F]+)\]/g, (_, code: string) =>
    String.fromCodePoint(Number.parseInt(code, 16)),
  )
  .replace(/\\([-&e])/g, (_, char: string) => ({ "-": "-", "&": "", e: "\\" })[char] ?? "");

describe("the man page", () => {
  test.each(Object.keys(COMMANDS) as CommandName[])(
    "says of lap %s what its help says",
    async (name) => {
      const command = await loadCommand(name);
      const { usage, arguments: args, flags, examples } = explain(name, command);
      expect(read).toContain(`.SS "${usage}"\n${command.meta.description.replaceAll("`", "")}.\n`);
      for (const [left, right] of [...args, ...flags]) {
        expect(read).toContain(`.TP\n${left}\n${right.replaceAll("`", "")}\n`);
      }
      for (const [line, says] of examples) {
        expect(read).toContain(`\n${line}`);
        expect(read).toContain(says);
      }
    },
  );

  test("names every exit code, as the README does", () => {
    const missing = Object.values(EXIT).filter(
      (code) => !read.includes(`.TP\n${code}\n`) || !README.includes(`\n| ${code} `),
    );
    expect(missing).toEqual([]);
  });

  // What a machine's own settings are for is not lap's to explain.
  const OTHERS = [
    "HOME",
    "PATH",
    "SHELL",
    "TERM",
    "CI",
    "BUILD_NUMBER",
    "RUN_ID",
    "LANG",
    "USER",
    "TMUX",
    "COLORTERM",
    "TERM_PROGRAM",
  ];

  test("names every variable that lap reads, as the README does", () => {
    const sources = readSources(join(ROOT, "src")).map(([, source]) => source);
    const used = new Set(sources.flatMap((source) => source.match(/(?<=\benv\.)[A-Z_]+\b/g) ?? []));
    expect(used).toContain("LAP_URL");
    for (const { env } of Object.values(SETTINGS)) used.add(env);
    for (const name of PROXY_VARIABLES) used.add(name.toUpperCase());
    // Bun reads these.
    for (const name of ["NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE"]) used.add(name);
    const missing = [...used.difference(new Set(OTHERS))].filter(
      (name) => !read.includes(name) || !README.includes(`\`${name}`),
    );
    expect(missing).toEqual([]);
  });

  test("names every key that is lap's, as the README does", () => {
    for (const [key] of lapKeyRows("")) {
      expect(read).toContain(`.TP\nCtrl-] ${key}\n`);
      expect(README).toContain(`\n| Ctrl-] \`${key}\` `);
    }
  });

  test("names the files beside lap", () => {
    for (const path of [previousPath, stagingPath, lockPath]) {
      expect(read).toContain(basename(path("/bin/lap")));
    }
  });

  test("is plain ASCII, whose lines roff takes for text", () => {
    // oxlint-disable-next-line no-control-regex
    expect(PAGE).toMatch(/^[\n\x20-\x7e]*$/);
    const requests = new Set(PAGE.match(/^\.\S*/gm));
    expect([...requests].toSorted()).toEqual([".EE", ".EX", ".PP", ".SH", ".SS", ".TH", ".TP"]);
    expect(PAGE).not.toMatch(/^'/m);
  });

  test.skipIf(Bun.which("groff") === null)("is read by groff without a complaint", () => {
    const input = Buffer.from(PAGE);
    const { stdout, stderr } = Bun.spawnSync(["groff", "-man", "-ww", "-Tutf8"], { stdin: input });
    expect(stderr.toString()).toBe("");
    expect(Bun.stripANSI(stdout.toString())).toContain("lap - ssh for agent sandboxes");
  });

  test("has the same bytes each time, and none of a day", () => {
    const again = Bun.spawnSync([process.execPath, join(ROOT, "scripts", "man.ts")]);
    expect(again.stdout.toString()).toBe(PAGE);
    expect(PAGE).toStartWith('.TH LAP 1 "" "lap ');
  });
});
