/** How a lap came to this machine, which decides who replaces it. */
export type Origin =
  /** A binary of its own, from the installer or a download. */
  | { kind: "binary"; path: string }
  /** A keg of Homebrew's. `brew` is that Homebrew's own command; `path` is where it links lap. */
  | { kind: "homebrew"; formula: string; brew: string; path: string }
  /** Run by Bun from its source. */
  | { kind: "source"; path: string };

/**
 * @param program what starts lap: its binary alone, or Bun and a script.
 * @param realPath where the last of them lies, without symbolic links.
 */
export function originOf(program: readonly string[], realPath: string): Origin {
  if (program.length > 1) return { kind: "source", path: realPath };
  const [, prefix, formula] = /^(.*)\/Cellar\/([^/]+)\//.exec(realPath) ?? [];
  if (prefix === undefined || formula === undefined) return { kind: "binary", path: realPath };
  return {
    kind: "homebrew",
    formula,
    brew: `${prefix}/bin/brew`,
    path: `${prefix}/opt/${formula}/bin/lap`,
  };
}
