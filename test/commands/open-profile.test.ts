import { describe, expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { DemoPlatform, SHELL } from "../support/demo-platform.ts";
import { TemporaryHome } from "../support/home.ts";
import { greeter, hello, visit } from "../support/visit.ts";

/** A platform that is saved twice, under two names. */
class Twice extends DemoPlatform {
  readonly home = new TemporaryHome();

  constructor() {
    super({ agents: [{ ...SHELL, id: "agent-1", name: "bot" }], openTty: greeter(hello) });
    const login = { base: this.platform.url, key: this.platform.key };
    const values = { ...login, profiles: { acme: login, beta: login } };
    mkdirSync(dirname(this.home.config), { mode: 0o700 });
    writeFileSync(this.home.config, JSON.stringify(values), { mode: 0o600 });
  }

  visit(line: string, env: Record<string, string> = {}) {
    const { home, platform } = this;
    const login = { LAP_URL: "", LAP_KEY: "" };
    return visit(line.split(" "), { home: home.path, platform, env: { ...login, ...env } });
  }

  override async [Symbol.asyncDispose](): Promise<void> {
    this.home[Symbol.dispose]();
    await super[Symbol.asyncDispose]();
  }
}

describe("sessions are remembered by profile", () => {
  test("each returns to its own, also where both lead to one platform", async () => {
    await using world = new Twice();
    await world.visit("--profile acme bot");
    await world.visit("bot --profile beta");
    await world.visit("bot");
    expect(world.platform.sessions).toHaveLength(3);
    for (const line of ["--profile beta bot", "--profile acme bot", "bot"]) {
      expect((await world.visit(line)).stderr).toStartWith("returning to session");
    }
    expect((await world.visit("bot", { LAP_PROFILE: "acme" })).stderr).toStartWith("returning to");
    expect(world.platform.sessions).toHaveLength(3);
    const { sessions } = await Bun.file(world.home.state).json();
    const { url } = world.platform;
    expect(Object.keys(sessions)).toEqual([`${url}#acme`, `${url}#beta`, url]);
  });
});

describe("what returns to a session", () => {
  test("names the profile that was named", async () => {
    await using world = new Twice();
    const { stderr } = await world.visit("bot --profile acme");
    expect(stderr).toEndWith("Return to it with: lap --profile acme bot\n");
  });

  test("does not where the environment or the file chose it", async () => {
    await using world = new Twice();
    const { stderr } = await world.visit("bot", { LAP_PROFILE: "acme" });
    expect(stderr).toEndWith("Return to it with: lap bot\n");
  });
});
