/** What the person has set for the characters of texts, in the order of setlocale(3). */
const VARIABLES = ["LC_ALL", "LC_CTYPE", "LANG"];

/** The variable that decides on it, and whether it says UTF-8; undefined where none is set. */
export function findLocale(
  env: Readonly<Record<string, string | undefined>>,
): { name: string; value: string; utf8: boolean } | undefined {
  const name = VARIABLES.find((variable) => env[variable]);
  const value = name && env[name];
  return name && value ? { name, value, utf8: /utf-?8/i.test(value) } : undefined;
}
