import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { OutputHold } from "../../src/demo/flow.ts";
import { isHeldUp, onlyChild } from "../support/children.ts";
import { TemporaryHome } from "../support/home.ts";
import { inFront, WAITING_STTY } from "../support/infront.ts";
import { Pty } from "../support/pty.ts";
import { waitFor } from "../support/wait.ts";

const STTY = join(import.meta.dir, "..", "..", "src", "term", "stty.ts");

type GiveBack = "forceModes" | "restoreModes";

/**
 * Hushes its terminal, which somebody else writes to. Gives it back at SIGUSR1. Notes in a file what came of
 * each and how the terminal is set, and that again at SIGUSR2.
 */
const program = (giveBack: GiveBack) => `
  const { appendFileSync } = await import("node:fs");
  const stty = await import(${JSON.stringify(STTY)});
  const found = stty.readModes();
  const note = (what) => {
    const how = stty.readModes() === found ? "as found" : "hushed";
    appendFileSync(process.env.NOTES, what + ": " + how + "\\n");
  };
  process.on("SIGUSR1", async () => note(await stty.${giveBack}(found)));
  process.on("SIGUSR2", () => note("later"));
  setInterval(() => {}, 1e9);
  stty.setHushed();
  Bun.spawn(["cat", "/dev/zero"], { stdin: "ignore", stdout: "inherit" });
  note("begun");
`;

describe.skipIf(process.platform !== "linux")("at a terminal that does not read", () => {
  test.each<[what: string, giveBack: GiveBack, waits: boolean, worked: boolean, then: string]>([
    ["modes are forced at once", "forceModes", false, true, "as found"],
    ["modes are forced once it reads where stty waits", "forceModes", true, false, "hushed"],
    ["modes are restored once it reads", "restoreModes", false, false, "hushed"],
  ])("%s, and nothing waits for that", async (_, giveBack, waits, worked, then) => {
    using home = new TemporaryHome();
    const path = waits ? inFront(home.path, "stty", WAITING_STTY) : process.env.PATH;
    const env = { NOTES: `${home.path}/notes`, PATH: path };
    const notes = () => readFileSync(env.NOTES, "utf8").trim().split("\n");
    using pty = new Pty([process.execPath, "-e", program(giveBack)], { env, emulate: false });
    const hold = new OutputHold(pty.process.pid);
    await waitFor(() => pty.output.length > 0, "output");
    hold.hold();
    await isHeldUp(onlyChild(pty.process.pid));
    pty.process.kill("SIGUSR1");
    await waitFor(() => notes().length === 2, "an answer");
    expect(notes()).toEqual(["begun: hushed", `${worked}: ${then}`]);
    hold.release();
    await waitFor(() => {
      pty.process.kill("SIGUSR2");
      return notes().at(-1) === "later: as found";
    }, "the terminal to be as found");
  });
});
