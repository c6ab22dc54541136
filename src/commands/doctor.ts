import { checkup } from "../doctor/checkup.ts";
import type { Finding } from "../doctor/finding.ts";
import { exposure } from "../doctor/local.ts";
import type { Context } from "../context.ts";
import { EXIT } from "../errors.ts";
import { renderJson } from "../ui/json.ts";
import { clean } from "../ui/text.ts";
import { VERSION } from "../version.ts";
import { command } from "./command.ts";
import { JOIN_ARGS } from "./join.ts";
import { connectorOf, routerOf, wantsTokenInQuery } from "./network.ts";
import { findCredentials, requireClient } from "./platform.ts";
import { platformEnv } from "./saved.ts";

export default command({
  description: "Look at all between this terminal and a sandbox, and name what is wrong",
  args: {
    target: {
      type: "positional",
      required: false,
      description: "An agent or a session, whose terminal is joined for a moment",
    },
    "token-in-query": JOIN_ARGS["token-in-query"],
    json: { type: "boolean", description: "Print JSON" },
  },
  examples: [
    "lap doctor",
    "lap doctor refactor-bot  # its terminal as well",
    "lap doctor --json | jq '.[] | select(.state == \"fail\")'",
  ],
  async run({ target, json, "token-in-query": inQuery = false }, context) {
    const found: Finding[] = [];
    for await (const finding of checkup(doctorWorld(context, inQuery), target)) {
      found.push(finding);
      if (!json) context.stdout.write(line(finding, context));
    }
    if (json) context.stdout.write(renderJson(found.map(record)));
    return found.some(({ state }) => state === "fail") ? EXIT.failure : EXIT.ok;
  },
});

function doctorWorld(context: Context, inQuery: boolean): Parameters<typeof checkup>[0] {
  const { home, clock, signal } = context;
  // Before anything reads the file.
  const exposed = exposure(home);
  let { env } = context;
  let tokenInQuery = false;
  let fault: unknown;
  try {
    env = platformEnv(context);
    tokenInQuery = wantsTokenInQuery(context);
  } catch (error) {
    fault = error;
  }
  const login = () => {
    if (fault) throw fault;
    const found = findCredentials(context);
    const from = [found?.profile && `profile '${found.profile}'`, `key from ${found?.sources.key}`];
    return found && { base: found.base, from: from.filter(Boolean).join(", ") };
  };
  return {
    env,
    exposed,
    clock,
    signal,
    version: VERSION,
    router: routerOf(context),
    connect: connectorOf(context, { tokenInQuery: inQuery || tokenInQuery }),
    login,
    client: () => requireClient(context),
    terminal: context.openTerminal(),
  };
}

const MARKS = {
  pass: ["✓", "green"],
  warn: ["!", "yellow"],
  fail: ["✗", "red"],
  skip: ["·", "dim"],
} as const;
const NAME_COLUMNS = "terminal".length;

function line({ check, state, says, fix }: Finding, { paint }: Pick<Context, "paint">): string {
  const [mark, style] = MARKS[state];
  const fixes = fix?.split("\n").map((text) => `${" ".repeat(NAME_COLUMNS + 4)}${clean(text)}\n`);
  return `${paint(style, mark)} ${check.padEnd(NAME_COLUMNS)}  ${clean(says)}\n${fixes?.join("") ?? ""}`;
}

function record({ check, state, says, fix }: Finding): Record<string, unknown> {
  return { check, state, says: clean(says), fix: fix === undefined ? null : clean(fix) };
}
