import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { LapError } from "../../src/errors.ts";
import { verifyAttestation } from "../../src/upgrade/attestation.ts";
import { TemporaryHome } from "../support/home.ts";
import { install } from "../support/upgrade-release.ts";

/** Asks a `gh` that does what a script says when it verifies; undefined: there is none. */
async function ask(script: string | undefined, repository: string | null = "acme/lap") {
  using home = new TemporaryHome();
  const said = join(home.path, "said");
  if (script !== undefined) {
    install(
      join(home.path, "gh"),
      `#!/bin/sh\necho "$GH_PROMPT_DISABLED $*" >>'${said}'\n${script}\n`,
    );
  }
  const env = { PATH: home.path, HOME: home.path };
  const signal = new AbortController().signal;
  const answer = await verifyAttestation("/x/lap.tar.gz", repository ?? undefined, { env, signal });
  return { answer, said: script === undefined ? "" : readFileSync(said, "utf8") };
}

const HELP = "case $* in *--help) exit 0;; esac";

describe("gh", () => {
  test("is asked for the file and the repository, and not for a login", async () => {
    expect(await ask(HELP)).toEqual({
      answer: "verified",
      said: "1 attestation verify --help\n1 attestation verify /x/lap.tar.gz --repo acme/lap\n",
    });
  });

  test.each([
    ["is not there", undefined, "no gh"],
    ["knows no attestations", "exit 1", "gh too old"],
    ["is not logged in", `${HELP}; exit 4`, "gh not logged in"],
  ] as const)("that %s is passed over", async (_, script, answer) => {
    expect((await ask(script)).answer).toBe(answer);
  });

  test("that says no is obeyed, and quoted", async () => {
    const no = ask(`${HELP}; echo 'no attestations found' >&2; exit 1`);
    await expect(no).rejects.toThrow(
      "gh does not confirm that the release file was built by acme/lap",
    );
    const { hint } = (await no.catch((error: unknown) => error)) as LapError;
    expect(hint).toStartWith("gh says: no attestations found\n");
    expect(hint).toContain("--no-attestation");
  });

  test("that is killed is no yes", async () => {
    await expect(ask(`${HELP}; kill -9 $$`)).rejects.toThrow("gh does not confirm");
  });

  test("is not asked where there is no repository to ask for", async () => {
    const asked = ask("exit 0", null);
    // It never ran, so it never wrote down what was asked.
    await expect(asked).rejects.toThrow("ENOENT");
  });
});
