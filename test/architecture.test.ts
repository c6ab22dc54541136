import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { FLOORS, readSources, violations } from "./support/architecture.ts";

const SOURCES = readSources(join(import.meta.dir, "..", "src"));

test.each(SOURCES)("src/%s keeps to its floor", (path, source) => {
  expect(violations(path, source)).toEqual([]);
});

test("every arrow runs down", () => {
  const order = Object.keys(FLOORS);
  const up = Object.entries(FLOORS).flatMap(([unit, allowed]) =>
    allowed
      .map((target) => target.replace(":types", ""))
      .filter((target) => order.indexOf(target) <= order.indexOf(unit))
      .map((target) => `${unit} -> ${target}`),
  );
  expect(up).toEqual([]);
});

describe("a violation is caught", () => {
  test.each([
    ["attach/session.ts", `import { x } from "../api/client.ts";`, "imports api"],
    ["attach/session.ts", `import { x } from "../ui/log.ts";`, "imports ui"],
    ["attach/session.ts", `import type { X } from "../ui/log.ts";`, "imports a type of ui"],
    ["attach/a.ts", `import {\n  x,\n  y,\n} from "../api/agents.ts";`, "imports api"],
    ["attach/a.ts", `export * from "../api/agents.ts";`, "imports api"],
    ["attach/a.ts", `export { x } from "../launch/launch.ts";`, "imports launch"],
    ["api/client.ts", `const x = await import("../ui/log.ts");`, "imports ui"],
    ["net/url.ts", `import "../config/files.ts";`, "imports config"],
    ["launch/endpoint.ts", `import { attach } from "../attach/session.ts";`, "imports attach"],
    ["commands/open.ts", `import { processContext } from "../context.ts";`, "imports context"],
    ["errors.ts", `import { x } from "./clock.ts";`, "imports clock"],
    ["api/client.ts", `import { x } from "../../test/support/wait.ts";`, "from outside of src"],
    ["keys/chord.ts", `import { x } from "../errors.ts";`, "imports errors"],
    ["vt/modes.ts", `import { readFileSync } from "node:fs";`, "is pure, and imports node:fs"],
    ["launch/ready.ts", "setTimeout(() => {}, 5);", "uses setTimeout"],
    ["launch/ready.ts", "const now = Date.now();", "uses Date.now"],
    ["config/files.ts", "const home = process.env.HOME;", "uses process"],
    ["config/files.ts", `const { env } = process;`, "uses process"],
    ["commands/open.ts", "process.exit(1);", "uses process"],
    ["api/client.ts", "await Bun.sleep(5);", "uses Bun"],
    ["api/client.ts", "const x = `${Bun.version}`;", "uses Bun"],
    ["attach/session.ts", "setInterval(ping, 5);", "uses setInterval"],
    ["width.ts", "setTimeout(draw, 5);", "uses setTimeout"],
    ["chat/repl.ts", "", "'chat' has no floor"],
  ])("%s: %s", (path, source, words) => {
    const found = violations(path, source);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(words);
  });
});

test.each([
  ["attach/socket.ts", "setTimeout(() => fail(), 5);"],
  ["demo/pty.ts", "Bun.spawn([]);"],
  ["width.ts", "return Bun.stringWidth(text);"],
  ["launch/ready.ts", `// Not setTimeout: the clock.\nconst x = "process exited";`],
  ["launch/ready.ts", `/** What Bun's fetch says,\n * as in process.exit */`],
  ["launch/endpoint.ts", `import type { Endpoint } from "../attach/endpoint.ts";`],
  ["commands/open.ts", `import type { Context } from "../context.ts";`],
  ["commands/open.ts", `import { x } from "./join.ts";\nimport { y } from "citty";`],
])("no violation is seen in %s: %s", (path, source) => {
  expect(violations(path, source)).toEqual([]);
});
