/**
 * The man page, lap(1), from the definitions that help and completion are made of:
 * `bun scripts/man.ts` prints it. The same source gives the same bytes.
 */
import { lapKeyRows } from "../src/attach/lapkey.ts";
import { GLOBAL_ARGS } from "../src/commands/everywhere.ts";
import {
  explain,
  globalFlagRows,
  KEYS,
  LAP_FLAGS,
  lapFlagRows,
  type Row,
  USAGE,
} from "../src/commands/help.ts";
import { type CommandName, COMMANDS, loadCommand } from "../src/commands/index.ts";
import { SETTINGS } from "../src/config/settings.ts";
import { EXIT } from "../src/errors.ts";
import { VERSION } from "../src/version.ts";
import { bold, example, heading, prose, rows, section, subsection } from "./man/roff.ts";

/** Every variable that lap reads. */
const ENVIRONMENT: readonly Row[] = [
  ["LAP_URL, LAP_KEY", "The platform and its master key, over what `lap login` saved."],
  ["LAP_PROFILE", "The profile in force, unless `--profile` names another."],
  ["LAP_TTY_TOKEN", "The bearer token of the terminal connection, over the session's own."],
  ...Object.values(SETTINGS).map(({ env, says }): Row => [env, `${says}.`]),
  ["LAP_BASE_URL", "Where `lap upgrade` finds a release's files, instead of on GitHub."],
  ["LAP_NO_UPDATE_NOTICE", "Set to anything: lap neither asks for nor tells of newer releases."],
  [
    "HTTPS_PROXY, HTTP_PROXY, ALL_PROXY",
    "The proxy for https and wss, for http and ws, for both; in either case.",
  ],
  ["NO_PROXY", "What is reached without: names, addresses, ranges and ports, or `*`."],
  [
    "NODE_EXTRA_CA_CERTS, SSL_CERT_FILE",
    "Files of certificates, whose issuers are trusted beside the system's.",
  ],
  ["LAP_DEBUG", "Set to 1: errors come with stack traces."],
  ["NO_COLOR", "Set to anything: no colours."],
];

const FILES: readonly Row[] = [
  ["~/.lap/config.json", "The platforms, their keys, and the settings. Private."],
  ["~/.lap/state.json", "Which session was left where."],
  ["~/.lap/attached", "A folder with a note for each lap that is joined to a session now."],
  ["~/.lap/lock", "Empty: laps that write at the same time wait for each other with it."],
  ["~/.lap/completion.json", "Names of agents and sessions, for the shell's completion. Private."],
  ["~/.lap/release.json", "Which release is the newest, and when that was last said."],
  [".lap.previous", "Beside lap: the one that it replaced, for `lap upgrade --rollback`."],
  [".lap.upgrade, .lap.upgrade.lock", "Beside lap, while `lap upgrade` is at work."],
];

const LAP_KEY = "Ctrl-]";

const SANDBOX_KEYS: readonly Row[] = [
  ...KEYS.filter(([key]) => !key.startsWith(LAP_KEY)),
  ...lapKeyRows(LAP_KEY).map(([key, does]): Row => [`${LAP_KEY} ${key}`, does]),
];

const STATUS: Record<keyof typeof EXIT, string> = {
  ok: "Success, a detach, or the end of the program in the sandbox.",
  failure: "Failure.",
  usage: "Wrong usage.",
  refused: "Not logged in, or the platform refused the key.",
  outdated: "With `lap upgrade --check`: there is a newer release.",
  lost: "The connection was lost for good.",
};

const NAMES = Object.keys(COMMANDS) as CommandName[];
const LOADED = await Promise.all(
  NAMES.map(async (name) => [name, await loadCommand(name)] as const),
);

/** The page in man(7)'s notation, in ASCII. */
export function renderMan(): string {
  const everywhere = LAP_FLAGS.filter(({ anywhere }) => anywhere).map(({ name }) => name);
  const taken = [...everywhere, ...Object.keys(GLOBAL_ARGS)].map((name) => `\`--${name}\``);
  return [
    heading("LAP", VERSION),
    section("NAME"),
    "lap \\- ssh for agent sandboxes",
    section("SYNOPSIS"),
    ...rows(USAGE),
    section("DESCRIPTION"),
    prose(
      "lap puts your own terminal inside a running agent sandbox of a LiteLLM Agent Platform. Detaching leaves the agent at work; opening it again brings you back.",
    ),
    section("FLAGS"),
    ...rows([...lapFlagRows(), ...globalFlagRows()]),
    section("COMMANDS"),
    ...LOADED.flatMap(([name, command]) => {
      const { usage, arguments: args, flags, examples } = explain(name, command);
      return [
        subsection(usage),
        prose(`${command.meta.description}.`),
        ...rows([...args, ...flags]),
        ...example(examples),
      ];
    }),
    ".PP",
    prose(`Each takes ${taken.join(", ")} as well.`),
    section("KEYS IN THE SANDBOX"),
    prose("These are the defaults: `--detach-keys` and `--escape-key` choose others."),
    ...rows(SANDBOX_KEYS),
    section("ENVIRONMENT"),
    ...rows(ENVIRONMENT),
    section("FILES"),
    ...rows(FILES),
    section("EXIT STATUS"),
    ...rows([
      ...Object.entries(STATUS).map(([name, says]): Row => [
        `${EXIT[name as keyof typeof EXIT]}`,
        says,
      ]),
      ["128+n", "Ended by signal n."],
    ]),
    section("SEE ALSO"),
    `${bold("ssh")}(1)`,
    "",
  ].join("\n");
}

if (import.meta.main) process.stdout.write(renderMan());
