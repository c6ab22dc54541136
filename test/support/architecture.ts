import { readFileSync } from "node:fs";

/**
 * Who may import whom, top floor first: every arrow runs down. A unit is a folder of `src/`, or a
 * file that lies in `src/` itself. `:types` allows `import type` only.
 */
export const FLOORS: Record<string, readonly string[]> = {
  cli: ["main", "context"],
  main: [
    "completion",
    "commands",
    "upgrade",
    "context:types",
    "ui",
    "trace",
    "net",
    "errors",
    "version",
  ],
  completion: ["commands", "context:types", "shells", "api", "config", "ui", "errors"],
  commands: [
    "upgrade",
    "demo",
    "doctor",
    "launch",
    "attach",
    "keys",
    "vt",
    "term",
    "api",
    "config",
    "ui",
    "net",
    "context:types",
    "shells",
    "width",
    "locale",
    "errors",
    "version",
  ],
  upgrade: ["context:types", "config", "net", "clock", "errors", "version"],
  // The real world is put together here, so that nobody else needs to know it.
  context: ["attach", "config:types", "term", "ui", "trace:types", "net", "clock", "errors"],
  // Its check runs the main job over the code that `lap <agent>` runs.
  demo: ["launch", "attach", "keys", "vt", "api", "term", "net", "clock", "errors"],
  doctor: [
    "launch",
    "attach:types",
    "api",
    "config",
    "net",
    "term:types",
    "locale",
    "clock",
    "errors",
  ],
  launch: ["attach:types", "api", "config", "ui", "net", "clock", "errors"],
  attach: ["keys", "vt", "term", "trace", "net", "width", "clock", "errors"],
  api: ["net", "trace:types", "clock:types", "errors"],
  config: ["keys", "net", "clock:types", "errors"],
  ui: ["term:types", "net", "width", "clock", "errors"],
  term: ["clock", "errors"],
  shells: [],
  keys: [],
  vt: [],
  trace: ["net", "clock:types", "errors"],
  net: ["errors"],
  width: [],
  locale: [],
  clock: [],
  errors: [],
  version: [],
};

/** Units of pure functions: no package and nothing of the runtime's either. */
const PURE = new Set(["keys", "vt", "shells"]);

/** Where the outside world may be touched. */
const EDGES = [
  "cli.ts",
  "context.ts",
  "term/",
  "attach/socket.ts",
  "attach/receivewindow.ts",
  "demo/",
];
/** One use elsewhere, each with its reason in the file. */
const EXCEPTIONS: Record<string, readonly string[]> = {
  "width.ts": ["Bun"],
  "upgrade/archive.ts": ["Bun"],
  "upgrade/newer.ts": ["Bun"],
};

const WORLD =
  /\b(?:process|Bun|setTimeout|setInterval|setImmediate|Date\.now|performance)\b(?!["'`:])/g;
const IMPORT =
  /^(?:import|export)\s+(type\s)?[^"';]*?from\s+"([^"]+)"|^import\s+"([^"]+)"|\bimport\("([^"]+)"\)/gm;
const COMMENT_OR_STRING = /\/\*[\s\S]*?\*\/|\/\/.*|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'/g;

/** What a source file of `src/` does that its place does not allow, in words. */
export function violations(path: string, source: string): string[] {
  const unit = unitOf(path);
  const allowed = FLOORS[unit];
  if (!allowed) return [`${path}: '${unit}' has no floor; give it one in ${import.meta.file}`];
  return [...arrows(path, unit, allowed, source), ...worldUses(path, source)];
}

function arrows(path: string, unit: string, allowed: readonly string[], source: string): string[] {
  const found: string[] = [];
  for (const [, type, from, bare, lazy] of source.matchAll(IMPORT)) {
    const target = from ?? bare ?? lazy ?? "";
    if (!target.startsWith(".")) {
      if (PURE.has(unit)) found.push(`${path} is pure, and imports ${target}`);
      continue;
    }
    const file = new URL(target, `file:///src/${path}`).pathname;
    if (!file.startsWith("/src/")) {
      if (unit !== "version") found.push(`${path} imports ${target} from outside of src`);
      continue;
    }
    const other = unitOf(file.slice("/src/".length));
    if (other === unit || allowed.includes(other) || (type && allowed.includes(`${other}:types`))) {
      continue;
    }
    found.push(`${path} imports ${type ? "a type of " : ""}${other}, which is not below ${unit}`);
  }
  return found;
}

function worldUses(path: string, source: string): string[] {
  if (EDGES.some((edge) => path.startsWith(edge))) return [];
  const code = source.replace(COMMENT_OR_STRING, "");
  const uses = new Set([...code.matchAll(WORLD)].map(([word]) => word));
  for (const word of EXCEPTIONS[path] ?? []) uses.delete(word);
  return [...uses].map((word) => `${path} uses ${word}: only the edges may`);
}

function unitOf(path: string): string {
  return path.split("/")[0]?.replace(/\.ts$/, "") ?? path;
}

/** Every source file below a folder, by its path in it. */
export function readSources(folder: string): [path: string, source: string][] {
  const paths = [...new Bun.Glob("**/*.ts").scanSync(folder)].toSorted();
  return paths.map((path) => [path, readFileSync(`${folder}/${path}`, "utf8")]);
}
