import { describe, expect, test } from "bun:test";
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { readPrivate, removeFile, removeUnfinished, writePrivate } from "../../src/config/files.ts";
import { TemporaryHome } from "../support/home.ts";

const modeOf = (path: string) => statSync(path).mode & 0o777;

describe("writing a private file", () => {
  test("makes folder 0700 and file 0600, and leaves nothing beside it", () => {
    using home = new TemporaryHome();
    writePrivate(home.config, "one");
    expect([modeOf(dirname(home.config)), modeOf(home.config)]).toEqual([0o700, 0o600]);
    expect(readdirSync(dirname(home.config))).toEqual(["config.json"]);
  });

  test("makes a folder private that others could list", () => {
    using home = new TemporaryHome();
    mkdirSync(dirname(home.config));
    chmodSync(dirname(home.config), 0o755);
    writePrivate(home.config, "one");
    expect(modeOf(dirname(home.config))).toBe(0o700);
  });

  test("replaces a file that others could read by one that they cannot", () => {
    using home = new TemporaryHome();
    writePrivate(home.config, "one");
    chmodSync(home.config, 0o644);
    writePrivate(home.config, "two");
    expect([readFileSync(home.config, "utf8"), modeOf(home.config)]).toEqual(["two", 0o600]);
  });

  test("never touches the old file's own bytes: a reader in the middle sees it whole", () => {
    using home = new TemporaryHome();
    writePrivate(home.config, "one");
    const { ino } = statSync(home.config);
    writePrivate(home.config, "two");
    expect(statSync(home.config).ino).not.toBe(ino);
  });

  test("follows a link, as dotfiles are kept", () => {
    using home = new TemporaryHome();
    const target = join(home.path, "dotfiles", "lap.json");
    mkdirSync(dirname(target), { mode: 0o755 });
    writeFileSync(target, "one");
    mkdirSync(dirname(home.config));
    symlinkSync(target, home.config);
    writePrivate(home.config, "two");
    expect(lstatSync(home.config).isSymbolicLink()).toBe(true);
    expect([readFileSync(target, "utf8"), modeOf(target)]).toEqual(["two", 0o600]);
    expect(modeOf(dirname(target))).toBe(0o755);
  });

  test("follows a link whose file is not there yet", () => {
    using home = new TemporaryHome();
    const target = join(home.path, "dotfiles", "lap.json");
    mkdirSync(dirname(home.config));
    symlinkSync("../dotfiles/lap.json", home.config);
    writePrivate(home.config, "one");
    expect(readlinkSync(home.config)).toBe("../dotfiles/lap.json");
    expect(readFileSync(target, "utf8")).toBe("one");
  });
});

describe("a write that fails", () => {
  test("where the file is linked to something special leaves that", () => {
    using home = new TemporaryHome();
    // Not /dev/null, which a root that runs this against a fault would lose.
    const pipe = join(home.path, "pipe");
    Bun.spawnSync(["mkfifo", pipe]);
    mkdirSync(dirname(home.config));
    symlinkSync(pipe, home.config);
    expect(() => writePrivate(home.config, "one")).toThrow(`${pipe} is not a file`);
    expect(statSync(pipe).isFIFO()).toBe(true);
    expect(readdirSync(dirname(home.config))).toEqual(["config.json"]);
  });

  test("where a folder is in the way leaves that and nothing else", () => {
    using home = new TemporaryHome();
    mkdirSync(join(home.config, "inside"), { recursive: true });
    expect(() => writePrivate(home.config, "one")).toThrow();
    expect(readdirSync(dirname(home.config))).toEqual(["config.json"]);
    expect(readdirSync(home.config)).toEqual(["inside"]);
  });

  test("where the folder is a file leaves that as it is", () => {
    using home = new TemporaryHome();
    writeFileSync(dirname(home.config), "mine");
    expect(() => writePrivate(home.config, "one")).toThrow();
    expect(readFileSync(dirname(home.config), "utf8")).toBe("mine");
  });

  test("for lack of space leaves the old file whole", async () => {
    using home = new TemporaryHome();
    writePrivate(home.config, "old");
    const source = join(import.meta.dir, "../../src/config/files.ts");
    const script = `
      import { writePrivate } from ${JSON.stringify(source)};
      process.on("SIGXFSZ", () => {});
      try { writePrivate(${JSON.stringify(home.config)}, "x".repeat(1 << 20)); }
      catch (error) { console.log(error.code); }
    `;
    // No file of this process may grow beyond 8 blocks: the write fails in the middle, as on a full disk.
    const limited = `ulimit -f 8; trap '' XFSZ; exec "$0" -e "$1"`;
    const { stdout } = Bun.spawnSync(["/bin/sh", "-c", limited, process.execPath, script]);
    expect(stdout.toString().trim()).toBe("EFBIG");
    expect(readFileSync(home.config, "utf8")).toBe("old");
    expect(readdirSync(dirname(home.config))).toEqual(["config.json"]);
  });
});

describe("reading", () => {
  test.each([
    [0o600, false],
    [0o400, false],
    [0o640, true],
    [0o644, true],
    [0o604, true],
  ])("mode %o is exposed: %p", (mode, exposed) => {
    using home = new TemporaryHome();
    writePrivate(home.config, "{}");
    chmodSync(home.config, mode);
    expect(readPrivate(home.config)).toEqual({ content: "{}", exposed });
  });

  test("nothing where there is no file, or no folder", () => {
    using home = new TemporaryHome();
    expect(readPrivate(home.config)).toBeUndefined();
    writeFileSync(dirname(home.config), "");
    expect(readPrivate(home.config)).toBeUndefined();
  });
});

describe("what killed writes have left beside a file", () => {
  const LEFT = ".config.json.0123456789ab";
  const OTHERS = [".config.json.bak", ".config.json.0123456789abcd", ".state.json.0123456789ab"];

  function homeWithLeft(secondsAgo: number): TemporaryHome {
    const home = new TemporaryHome();
    writePrivate(home.config, "{}");
    for (const name of [LEFT, ...OTHERS]) writeFileSync(join(dirname(home.config), name), "key");
    const then = Date.now() / 1000 - secondsAgo;
    utimesSync(join(dirname(home.config), LEFT), then, then);
    return home;
  }

  test.each([
    ["a minute ago", 61, false, false],
    ["just now", 1, false, true],
    ["just now, when all is to go", 1, true, false],
  ])("%s: removed, and nothing else is", (_, secondsAgo, all, stays) => {
    using home = homeWithLeft(secondsAgo);
    removeUnfinished(home.config, { all });
    const left = readdirSync(dirname(home.config)).toSorted();
    expect(left).toEqual([...OTHERS, ...(stays ? [LEFT] : []), "config.json"].toSorted());
  });

  test("goes with the file: it may hold the key", () => {
    using home = homeWithLeft(1);
    removeFile(home.config);
    expect(readdirSync(dirname(home.config)).toSorted()).toEqual(OTHERS.toSorted());
  });

  test("where there is no folder stops nobody", () => {
    using home = new TemporaryHome();
    expect(() => removeUnfinished(home.config, { all: true })).not.toThrow();
  });
});

describe("removing", () => {
  test("goes on where there is no file", () => {
    using home = new TemporaryHome();
    writePrivate(home.config, "{}");
    removeFile(home.config);
    removeFile(home.config);
    expect(existsSync(home.config)).toBe(false);
  });

  test("a link takes what it leads to as well: that holds the secret", () => {
    using home = new TemporaryHome();
    const target = join(home.path, "lap.json");
    writeFileSync(target, "{}");
    mkdirSync(dirname(home.config));
    symlinkSync(target, home.config);
    removeFile(home.config);
    expect(readdirSync(home.path)).toEqual([".lap"]);
    expect(readdirSync(dirname(home.config))).toEqual([]);
  });
});
