import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join as joinPath } from "node:path";
import { createClient } from "../api/client.ts";
import { checkMainJob } from "../demo/check.ts";
import { demoAgents } from "../demo/environment.ts";
import { type Platform, startPlatform } from "../demo/platform.ts";
import type { Context } from "../context.ts";
import { EXIT, Interrupted, UsageError } from "../errors.ts";
import { READY_TIMEOUT_MS } from "../launch/launch.ts";
import { askOne, canPrompt } from "../ui/prompt.ts";
import { command } from "./command.ts";
import { DEFAULT_KEYS } from "./keys.ts";
import { openAgent } from "./open.ts";

export default command({
  description: "Try lap on this machine: a platform of its own, with your shell for an agent",
  args: {
    serve: { type: "boolean", description: "Only keep the platform running, for other terminals" },
    port: { type: "string", valueHint: "port", description: "The port to serve on (any free one)" },
    check: {
      type: "boolean",
      description: "Open, type, detach and return without a terminal, and say whether it worked",
    },
  },
  examples: [
    "lap demo  # opens your shell as if it were a sandbox",
    "lap demo --serve --port 7700  # then `lap login` from another terminal",
    "lap demo --check  # for scripts",
  ],
  async run(args, context) {
    if (args.port !== undefined && !args.serve) {
      throw new UsageError("--port goes with --serve", "Example: lap demo --serve --port 7700");
    }
    // Where nobody sits at a terminal, showing that it works is all that a demo can do.
    const check = args.check || (!args.serve && !(canPrompt(context) && context.openTerminal()));
    const platform = startPlatform({
      agents: demoAgents(check ? { ...context.env, SHELL: "/bin/sh" } : context.env),
      port: parsePort(args.port),
    });
    const home = mkdtempSync(joinPath(tmpdir(), "lap-demo-"));
    try {
      const own = ownContext(context, platform, home);
      if (args.serve) return await serve(context, platform);
      if (check) return await runCheck(own, platform);
      return await show(own, platform);
    } finally {
      await platform.stop();
      rmSync(home, { recursive: true, force: true });
    }
  },
});

/** The person's own context, but logged in to the demo platform and with a home of its own. */
function ownContext(context: Context, platform: Platform, home: string): Context {
  const { LAP_TTY_TOKEN: _token, LAP_TTY_FALLBACK: _fallback, ...env } = context.env;
  const login = { LAP_URL: platform.url, LAP_KEY: platform.key };
  return { ...context, home, profile: undefined, env: { ...env, ...login } };
}

async function runCheck(context: Context, platform: Platform): Promise<number> {
  const { stdout, connect, clock, signal } = context;
  await checkMainJob({
    client: createClient({ base: platform.url, key: platform.key }),
    agent: "shell",
    connect,
    clock,
    signal,
    onStep: (said) => stdout.write(`✓ ${said}\n`),
  });
  return EXIT.ok;
}

async function show(context: Context, platform: Platform): Promise<number> {
  const { log } = context;
  log.log("This is your own shell, joined through a platform on this machine.");
  log.log("Ctrl-D detaches; what runs in it goes on. Ctrl-] ? shows what else lap can do.\n");
  const client = createClient({ base: platform.url, key: platform.key });
  for (;;) {
    const code = await openAgent(context, client, "shell", {
      fresh: false,
      timeoutMs: READY_TIMEOUT_MS,
      keys: DEFAULT_KEYS,
      reconnect: true,
      keepAlive: false,
      tokenInQuery: false,
      tty: true,
    });
    if (code !== EXIT.ok) return code;
    const next = await askOne(context, "And now?", [
      { value: "return", label: "Return to the shell", hint: "it is as you left it" },
      { value: "end", label: "End the demo", hint: "and the shell with it" },
    ]);
    if (next === "end") return EXIT.ok;
  }
}

/** Until a signal ends it. */
async function serve({ stdout, log, signal }: Context, platform: Platform): Promise<number> {
  stdout.write(`url  ${platform.url}\nkey  ${platform.key}\n`);
  log.log("\nFrom another terminal:");
  log.log(`  lap login --url ${platform.url}   # and paste the key`);
  log.log("  lap shell\n\nCtrl-C ends the platform and its shells.");
  await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
  const { reason } = signal;
  // Ctrl-C is how a server is ended.
  if (reason instanceof Interrupted && reason.signal === "SIGINT") return EXIT.ok;
  throw reason;
}

function parsePort(text: string | undefined): number {
  if (text === undefined) return 0;
  const port = Number(text);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new UsageError(`--port '${text}' is not a port`, "Example: --port 7700");
  }
  return port;
}
