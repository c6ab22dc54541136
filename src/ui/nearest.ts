import { distance } from "fastest-levenshtein";

/**
 * The candidates a person may have meant, best first: those that share a prefix or a substring with
 * `typed`, or lie within a third of its length in edits.
 */
export function nearest(typed: string, candidates: Iterable<string>, most = 3): string[] {
  const wanted = typed.toLowerCase();
  const bound = Math.max(1, Math.ceil(wanted.length / 3));
  const scored: { candidate: string; score: number }[] = [];
  for (const candidate of new Set(candidates)) {
    const name = candidate.toLowerCase();
    const edits = distance(wanted, name);
    const overlaps = wanted.length > 1 && name.length > 1;
    const contains = overlaps && (name.includes(wanted) || wanted.includes(name));
    if (edits <= bound || contains)
      scored.push({ candidate, score: contains ? edits / 10 : edits });
  }
  scored.sort((a, b) => a.score - b.score || a.candidate.localeCompare(b.candidate));
  return scored.slice(0, most).map(({ candidate }) => candidate);
}
