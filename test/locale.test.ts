import { expect, test } from "bun:test";
import { findLocale } from "../src/locale.ts";

test.each<[env: Record<string, string>, found: [name: string, utf8: boolean] | undefined]>([
  [{}, undefined],
  [{ LANG: "" }, undefined],
  [{ LANG: "en_GB.UTF-8" }, ["LANG", true]],
  [{ LANG: "C" }, ["LANG", false]],
  [{ LC_CTYPE: "C.utf8", LANG: "C" }, ["LC_CTYPE", true]],
  [{ LC_ALL: "C", LC_CTYPE: "C.utf8", LANG: "C.UTF-8" }, ["LC_ALL", false]],
  [{ LC_ALL: "", LANG: "C.UTF-8" }, ["LANG", true]],
])("the locale of %j", (env, found) => {
  const locale = findLocale(env);
  expect(locale && [locale.name, locale.utf8]).toEqual(found as [string, boolean]);
  expect(locale?.value).toBe(found && env[found[0]]);
});
