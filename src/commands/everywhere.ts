import { UsageError } from "../errors.ts";

/** Flags that every command takes, before its name or behind it. */
export const GLOBAL_ARGS = {
  profile: {
    type: "string",
    valueHint: "name",
    description: "Use this saved platform, see `lap config list`",
  },
  "ca-cert": {
    type: "string",
    valueHint: "file",
    description: "Trust the issuers in this file as well",
  },
  "debug-file": {
    type: "string",
    valueHint: "file",
    description: "Write what lap does into this file, without secrets",
  },
} as const;

const EXAMPLES: Record<keyof typeof GLOBAL_ARGS, string> = {
  profile: "lap --profile acme refactor-bot",
  "ca-cert": "lap --ca-cert /etc/ssl/acme.pem refactor-bot",
  "debug-file": "lap --debug-file trace refactor-bot",
};

export type Globals = Partial<Record<keyof typeof GLOBAL_ARGS, string>>;

/**
 * Takes the flags of every command out of a command line. What follows `--` is left alone; the last of
 * several counts.
 *
 * @throws UsageError for one without its value.
 */
export function takeGlobals(argv: readonly string[]): { globals: Globals; rest: string[] } {
  const globals: Globals = {};
  const end = argv.indexOf("--");
  const own = end < 0 ? argv : argv.slice(0, end);
  const rest: string[] = [];
  for (let index = 0; index < own.length; index++) {
    const word = own[index] ?? "";
    const [, name = "", inline] = /^--([^=]+)(?:=(.*))?$/s.exec(word) ?? [];
    if (!isGlobal(name)) {
      rest.push(word);
      continue;
    }
    const value = inline ?? own[++index];
    if (!value || (inline === undefined && value.startsWith("-"))) {
      throw new UsageError(`--${name} needs a value`, `Example: ${EXAMPLES[name]}`);
    }
    globals[name] = value;
  }
  return { globals, rest: [...rest, ...argv.slice(own.length)] };
}

function isGlobal(name: string): name is keyof typeof GLOBAL_ARGS {
  return Object.hasOwn(GLOBAL_ARGS, name);
}
