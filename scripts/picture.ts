/**
 * Makes the README's picture: a real session of dist/lap in a real terminal, typed by a script and
 * rendered to SVG: `bun scripts/picture.ts [file]`. The same bytes each time.
 */
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { startPlatform } from "../src/demo/platform.ts";
import { TemporaryHome } from "../test/support/home.ts";
import { LAP } from "../test/support/lap.ts";
import { Pty } from "../test/support/pty.ts";
import { refactorBot, SANDBOX_PROMPT } from "./picture/sandbox.ts";
import { renderSvg } from "./picture/svg.ts";
import { useModernWidths } from "./picture/widths.ts";

const FILE = resolve(process.argv[2] ?? ".github/session.svg");
const SIZE = { columns: 82, rows: 17 };
/** The end of the local prompt, which nothing else on the screen holds. */
const LOCAL_PROMPT = "you@laptop ~ $";
const CTRL_D = "\x04";
// Shown on returning. Else a random one.
const SESSION_ID = "3f9c2a61-5b7e-4d0a-9c1f-8e2d47b6a053";

const svg = await picture();
mkdirSync(dirname(FILE), { recursive: true });
writeFileSync(FILE, svg);
console.error(`${FILE}  ${Buffer.byteLength(svg)} bytes`);

async function picture(): Promise<string> {
  using home = new TemporaryHome();
  crypto.randomUUID = () => SESSION_ID;
  const platform = startPlatform({ agents: [refactorBot(home.path)] });
  try {
    symlinkSync(LAP, join(home.path, "lap"));
    using pty = new Pty(["bash", "--norc", "--noprofile", "-i"], {
      ...SIZE,
      env: {
        HOME: home.path,
        LAP_NO_UPDATE_NOTICE: "1",
        PATH: `${home.path}:${process.env.PATH}`,
        PS1: "\\[\\e[1;32m\\]you@laptop\\[\\e[0m\\] ~ $ ",
        LAP_URL: platform.url,
        LAP_KEY: platform.key,
      },
    });
    useModernWidths(pty.emulator);
    await pty.shows(LOCAL_PROMPT);
    await leaveASession(pty);
    await act(pty);
    return renderSvg(pty.emulator, { title: "lap — ssh for agent sandboxes" });
  } finally {
    await platform.stop();
  }
}

/** Behind the curtain: there must be a session to return to. */
async function leaveASession(pty: Pty): Promise<void> {
  pty.type("lap refactor-bot\r");
  await pty.shows(SANDBOX_PROMPT);
  pty.type(CTRL_D);
  await pty.shows(/detached — [^]*you@laptop ~ \$ *$/);
  pty.type("clear\r");
  await pty.shows(/^you@laptop ~ \$ *$/);
}

async function act(pty: Pty): Promise<void> {
  pty.type("lap refactor-bot\r");
  await pty.shows(/returning to session/);
  await prompts(pty, 1);
  pty.type("git log --oneline --color\r");
  await prompts(pty, 2);
  pty.type("ls --color\r");
  await prompts(pty, 3);
  pty.type("./check\r");
  await prompts(pty, 4);
  pty.type(CTRL_D);
  await pty.shows(/detached — [^]*you@laptop ~ \$ *$/);
}

/** Waits until the sandbox has given its prompt so many times, and waits for a command. */
async function prompts(pty: Pty, count: number): Promise<void> {
  const prompt = RegExp.escape(SANDBOX_PROMPT);
  await pty.shows(new RegExp(`^(?:[^]*?${prompt}){${count}} *$`));
}
