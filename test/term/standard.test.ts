import { expect, test } from "bun:test";
import { join } from "node:path";
import { Pty } from "../support/pty.ts";

const STANDARD = join(import.meta.dir, "..", "..", "src", "term", "standard.ts");

/** More than a pipe has room for, and than goes into it at a time. */
const LINES = 50_000;

const speaker = `
  const { standardOutputs } = await import(${JSON.stringify(STANDARD)});
  const { stdout, stderr } = standardOutputs();
  for (let line = 0; line < ${LINES}; line += 2) {
    stdout.write(line + "\\n");
    stderr.write(line + 1 + "\\n");
  }
`;

test("what is written to stdout and stderr stays in order where both are one pipe", async () => {
  const command = ["/bin/sh", "-c", '"$0" -e "$1" 2>&1 | cat', process.execPath, speaker];
  const run = Bun.spawn(command, { stdout: "pipe" });
  const lines = Array.from({ length: LINES }, (_, line) => `${line}\n`).join("");
  expect((await new Response(run.stdout).text()) === lines).toBe(true);
});

const measurer = `
  const { standardOutputs } = await import(${JSON.stringify(STANDARD)});
  const { stderr } = standardOutputs();
  const measure = () => stderr.write(\`\${stderr.columns}x\${stderr.rows} \`);
  stderr.on("resize", measure);
  setInterval(() => {}, 1e9);
  measure();
`;

test.each(["", ">/dev/null"])(
  "stderr knows its terminal's size, and tells when it changes %s",
  async (to) => {
    const command = ["/bin/sh", "-c", `exec "$0" -e "$1" ${to}`, process.execPath, measurer];
    using pty = new Pty(command);
    await pty.shows("80x24");
    pty.resize(100, 30);
    await pty.shows("100x30");
  },
);
