import { afterAll, describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { TemporaryHome } from "../support/home.ts";
import { lap, LAP } from "../support/lap.ts";
import { Pty } from "../support/pty.ts";
import { ScriptedSandbox } from "../support/sandbox.ts";
import { StubServer } from "../support/stub-server.ts";

const KEY = "sk-test-0123456789";
const AGENT = { id: "agent-1", name: "bot", harness_id: "codex" };

const serve = (agent: typeof AGENT) =>
  new StubServer((_request, { pathname }) =>
    Response.json(pathname.endsWith("/sessions") ? [] : { data: [agent], total: 1 }),
  );
const platform = serve(AGENT);
const evil = serve({ ...AGENT, name: "evil" });
afterAll(async () => {
  await platform[Symbol.asyncDispose]();
  await evil[Symbol.asyncDispose]();
});

/** A folder that somebody else made, and a home beside it. */
class Folder implements Disposable {
  readonly home = new TemporaryHome();
  readonly path = join(this.home.path, "repository");
  /** Written by whatever is run of what was planted. */
  readonly marker = join(this.home.path, "owned");

  constructor() {
    mkdirSync(this.path);
    this.write(this.home.config, JSON.stringify({ base: platform.url, key: KEY }));
  }

  plant(name: string, content: string): void {
    this.write(join(this.path, name), content);
  }

  /** JavaScript that leaves the marker, and keeps whoever loads it from going on. */
  get code(): string {
    return `require("node:fs").writeFileSync(${JSON.stringify(this.marker)}, ""); process.exit(66);\n`;
  }

  async run(...command: string[]) {
    const child = Bun.spawn(command, {
      cwd: this.path,
      env: { HOME: this.home.path, PATH: process.env["PATH"] },
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
    });
    const [stdout, stderr] = await Promise.all([child.stdout.text(), child.stderr.text()]);
    return { code: await child.exited, stdout, stderr };
  }

  private write(path: string, content: string): void {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    writeFileSync(path, content, { mode: 0o600 });
  }

  [Symbol.dispose](): void {
    this.home[Symbol.dispose]();
  }
}

const ENV = `LAP_URL=${evil.url}\nLAP_KEY=sk-evil\nHTTP_PROXY=${evil.url}\nLAP_DEBUG=1\nHOME=/nonexistent\n`;
const PACKAGES = [
  "citty",
  "consola",
  "consola/core",
  "ofetch",
  "@clack/prompts",
  "fastest-levenshtein",
];

const PLANTS: [name: string, plant: (folder: Folder) => void][] = [
  ...[".env", ".env.local", ".env.development", ".env.production", ".env.test"].map(
    (name): [string, (folder: Folder) => void] => [name, (folder) => folder.plant(name, ENV)],
  ),
  [
    "bunfig.toml with a preload",
    (folder) => {
      folder.plant("evil.js", folder.code);
      folder.plant(
        "bunfig.toml",
        'preload = ["./evil.js"]\nlogLevel = "debug"\n[run]\nbun = true\n',
      );
    },
  ],
  [
    "node_modules with packages of lap's names",
    (folder) => {
      for (const name of PACKAGES) {
        folder.plant(`node_modules/${name}/index.js`, folder.code);
        folder.plant(`node_modules/${name}/package.json`, `{"name":"${name}","main":"index.js"}`);
      }
    },
  ],
  [
    "package.json with imports",
    (folder) => {
      folder.plant("evil.js", folder.code);
      const imports = Object.fromEntries(PACKAGES.map((name) => [`#${name}`, "./evil.js"]));
      folder.plant("package.json", JSON.stringify({ main: "evil.js", imports, version: "6.6.6" }));
    },
  ],
  [
    "tsconfig.json with paths",
    (folder) => {
      folder.plant("evil.js", folder.code);
      const paths = Object.fromEntries(PACKAGES.map((name) => [name, ["./evil.js"]]));
      folder.plant("tsconfig.json", JSON.stringify({ compilerOptions: { baseUrl: ".", paths } }));
    },
  ],
  [
    "a broken package.json, tsconfig.json and bunfig.toml",
    (folder) => {
      for (const name of ["package.json", "tsconfig.json", "bunfig.toml"]) folder.plant(name, "{[");
    },
  ],
  [
    "a .lap of its own",
    (folder) => folder.plant(".lap/config.json", `{"base":"${evil.url}","key":"sk-evil"}`),
  ],
];

describe("what lies in the folder does nothing", () => {
  test.each(PLANTS)("%s", async (_, plant) => {
    using folder = new Folder();
    using bare = new Folder();
    plant(folder);
    evil.requests.length = 0;
    for (const line of ["agents", "--version", "config --json", "bot"]) {
      const args = line.split(" ");
      const there = await folder.run(LAP, ...args);
      const elsewhere = await bare.run(LAP, ...args);
      const told = { ...there, stdout: there.stdout.replaceAll(folder.home.path, bare.home.path) };
      expect(told).toEqual(elsewhere);
    }
    expect((await folder.run(LAP, "agents")).stdout).toContain("bot");
    expect(existsSync(folder.marker)).toBe(false);
    expect(evil.requests).toEqual([]);
  });

  test.skipIf(Bun.which("strace") === null)("none of it is even opened", async () => {
    using folder = new Folder();
    for (const [, plant] of PLANTS) plant(folder);
    const trace = join(folder.home.path, "trace");
    const strace = ["strace", "-f", "-y", "-e", "trace=file", "-o", trace];
    expect((await folder.run(...strace, LAP, "agents")).code).toBe(0);
    const calls = readFileSync(trace, "utf8").split("\n");
    // A path in the folder, or one that is not absolute; "" stands for a descriptor.
    const reads = calls.filter((call) => {
      if (/\b(?:execve|getcwd)\(/.test(call)) return false;
      const paths = [...call.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([, path = ""]) => path);
      return paths.some((path) => path.startsWith(folder.path) || /^[^/]/.test(path));
    });
    expect(reads).toEqual([]);
    expect(calls.some((call) => call.includes(folder.home.config))).toBe(true);
  });
});

describe("programs that lap starts", () => {
  /** Stands before the real one on the PATH, and keeps what it was given. */
  const SPY = '#!/bin/sh\nenv >> "$0.seen"\nexec /bin/stty "$@"\n';

  test("get nothing of Bun's, of lap's, or of the person's", async () => {
    using folder = new Folder();
    const spy = join(folder.home.path, "bin", "stty");
    mkdirSync(dirname(spy));
    writeFileSync(spy, SPY, { mode: 0o755 });
    await using sandbox = new ScriptedSandbox();
    const env = {
      ...sandbox.login,
      PATH: `${dirname(spy)}:${process.env["PATH"]}`,
      BUN_OPTIONS: "",
      BUN_INSTALL: "/nonexistent",
      BUN_CONFIG_REGISTRY: "http://127.0.0.1:1",
      SECRET: "mine",
    };
    using pty = lap(folder.home, [sandbox.agent], { env });
    await sandbox.joined();
    pty.type("\x04");
    expect(await pty.exit()).toBe(0);
    const names = readFileSync(`${spy}.seen`, "utf8").match(/^\w+(?==)/gm) ?? [];
    expect(
      [...new Set(names)].filter((name) => !["PATH", "PWD", "_", "SHLVL", "OLDPWD"].includes(name)),
    ).toEqual([]);
  });

  test("are not looked for in the folder", async () => {
    using folder = new Folder();
    folder.plant("stty", `#!/bin/sh\ntouch ${folder.marker}\n`);
    Bun.spawnSync(["chmod", "755", join(folder.path, "stty")]);
    await using sandbox = new ScriptedSandbox();
    const env = { ...sandbox.login, PATH: `.::${process.env["PATH"]}`, HOME: folder.home.path };
    const shell = ["/bin/sh", "-c", `cd ${folder.path} && exec ${LAP} ${sandbox.agent}`];
    using pty = new Pty(shell, { env });
    await sandbox.joined();
    pty.type("\x04");
    expect(await pty.exit()).toBe(0);
    expect(existsSync(folder.marker)).toBe(false);
  });
});
