/** What a commit message says, by <https://www.conventionalcommits.org>. */
export interface Commit {
  hash: string;
  type: string;
  scope?: string;
  says: string;
  /** How it breaks what worked before, if it does. */
  breaks?: string;
}

const SUBJECT = /^(\w+)(?:\(([^)]+)\))?(!)?: (.+)$/;
const BREAKING = /^BREAKING[ -]CHANGE: ([^]+?)(?=\n\n|\n[\w-]+: |$(?![^]))/m;

/** What people who use lap want to know of, and under which heading; the rest is for its authors. */
const SECTIONS = [
  ["feat", "New"],
  ["fix", "Mended"],
  ["perf", "Faster"],
] as const;

/** @param log hashes and messages, each ended by NUL. */
export function parseCommits(log: string): Commit[] {
  const parts = log.split("\0").map((part) => part.trim());
  const commits: Commit[] = [];
  for (let n = 0; n + 1 < parts.length; n += 2) {
    const [hash = "", message = ""] = parts.slice(n, n + 2);
    const [subject = ""] = message.split("\n", 1);
    const [, type, scope, mark, says] = SUBJECT.exec(subject) ?? [];
    if (!type || !says) continue;
    const [, footer] = BREAKING.exec(message) ?? [];
    const breaks = footer?.replace(/\s+/g, " ") ?? (mark && says);
    commits.push({ hash, type, says, ...(scope && { scope }), ...(breaks && { breaks }) });
  }
  return commits;
}

/** What changed, for a release's page: what breaks first, then what is new, mended and faster. */
export function renderNotes(
  commits: readonly Commit[],
  { repository, previous, tag }: { repository: string; previous: string; tag: string },
): string {
  const breaking = commits.filter(({ breaks }) => breaks);
  const sections = [
    section(
      "Take care",
      breaking.map(({ breaks = "", ...commit }) => line({ ...commit, says: breaks })),
    ),
    ...SECTIONS.map(([type, heading]) =>
      section(heading, commits.filter((commit) => commit.type === type).map(line)),
    ),
  ].filter(Boolean);
  if (sections.length === 0) sections.push("Nothing that shows: work inside only.\n");
  if (previous) sections.push(`[Every change](${repository}/compare/${previous}...${tag})\n`);
  return sections.join("\n");
}

function section(heading: string, lines: string[]): string {
  return lines.length === 0 ? "" : `## ${heading}\n\n${lines.join("\n")}\n`;
}

function line({ hash, scope, says }: Commit): string {
  return `- ${scope ? `**${scope}:** ` : ""}${says} (${hash})`;
}
