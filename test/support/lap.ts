import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Platform } from "../../src/demo/platform.ts";
import type { TemporaryHome } from "./home.ts";
import { Pty, type PtyOptions } from "./pty.ts";

/** The compiled binary under test. */
export const LAP = join(import.meta.dir, "..", "..", "dist", "lap");
if (!existsSync(LAP)) throw new Error("dist/lap is missing: run `bun run build` first");

/** A prompt that no other output holds. */
export const PROMPT = "ready>";

/** A shell for an agent's program: no startup files, and a known prompt. */
export const SHELL = ["/bin/bash", "--norc", "--noprofile", "-i"];

export interface LapOptions extends PtyOptions {
  /** Logged in to this platform by the environment. */
  platform?: Platform;
  /** The terminal does not know its size. */
  unsized?: boolean;
}

/** Runs the binary in a terminal. */
export function lap(home: TemporaryHome, args: string[], options: LapOptions = {}): Pty {
  const { platform } = options;
  const login = platform ? { LAP_URL: platform.url, LAP_KEY: platform.key } : {};
  const unsize = ["/bin/sh", "-c", 'stty cols 0 rows 0; exec "$@"', "sh"];
  const command = [...(options.unsized ? unsize : []), LAP, ...args];
  return new Pty(command, {
    ...options,
    env: { HOME: home.path, ...login, ...options.env },
  });
}
