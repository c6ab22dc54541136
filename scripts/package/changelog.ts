/** A version's heading; release candidates share that of the version they lead up to. */
export function headingOf(version: string): string {
  return `## ${version.split("-", 1)[0]}`;
}

/**
 * A changelog with the notes of a version before those of older ones.
 *
 * @throws Error where it has them already: people may have worked on them.
 */
export function addNotes(changelog: string, version: string, notes: string): string {
  const heading = headingOf(version);
  if (changelog.split("\n").includes(heading)) {
    throw new Error(`the changelog has '${heading}' already; remove that to have it written anew`);
  }
  const added = `${heading}\n\n${notes.replace(/^## /gm, "### ")}`;
  const [title = "", ...older] = changelog.split(/^(?=## )/m);
  return [title, `${added}\n`, ...older].join("").trimEnd() + "\n";
}
