import { describe, expect, test } from "bun:test";
import { UsageError } from "../../src/errors.ts";
import {
  isLoopback,
  isPlainRemote,
  isUuid,
  normalizeBase,
  parseSessionReference,
  shownUrl,
} from "../../src/net/url.ts";

const ID = "6f9619ff-8b86-4d01-b42d-00cf4fc964ff";
const OTHER_ID = "00000000-8b86-4d01-b42d-00cf4fc964ff";

describe("a platform's URL", () => {
  test.each([
    ["gets https without a scheme", "lap.acme.dev", "https://lap.acme.dev"],
    ["gets https without a scheme, with a port", "lap.acme.dev:8443", "https://lap.acme.dev:8443"],
    ["gets http on localhost", "localhost:3000", "http://localhost:3000"],
    ["gets http on 127.0.0.1", "127.0.0.1:3000", "http://127.0.0.1:3000"],
    ["gets http on ::1", "[::1]:3000", "http://[::1]:3000"],
    ["gets http below localhost", "lap.localhost:3000", "http://lap.localhost:3000"],
    ["keeps https on loopback", "https://localhost:3000", "https://localhost:3000"],
    ["keeps http elsewhere", "http://lap.acme.dev", "http://lap.acme.dev"],
    ["loses spaces around it", "  https://lap.acme.dev \n", "https://lap.acme.dev"],
    ["loses one trailing slash", "https://lap.acme.dev/", "https://lap.acme.dev"],
    ["loses many trailing slashes", "https://lap.acme.dev///", "https://lap.acme.dev"],
    ["loses the default port", "https://lap.acme.dev:443/", "https://lap.acme.dev"],
    ["is lower case in its host", "HTTPS://LAP.Acme.dev", "https://lap.acme.dev"],
    ["loses query and fragment", "https://lap.acme.dev/?tab=1#top", "https://lap.acme.dev"],
    ["loses a page", "https://lap.acme.dev/agents", "https://lap.acme.dev"],
    ["loses a page below a page", `https://lap.acme.dev/sessions/${ID}`, "https://lap.acme.dev"],
    ["loses the API's path", "https://lap.acme.dev/api/v1/managed_agents", "https://lap.acme.dev"],
    ["keeps a prefix", "https://acme.dev/lap", "https://acme.dev/lap"],
    ["keeps a deep prefix", "https://acme.dev/tools/lap/", "https://acme.dev/tools/lap"],
    ["keeps a prefix before a page", "https://acme.dev/lap/agents/7", "https://acme.dev/lap"],
    [
      "keeps a prefix that starts like a page",
      "https://acme.dev/agentsx",
      "https://acme.dev/agentsx",
    ],
    ["forgives a missing slash", "https:/lap.acme.dev", "https://lap.acme.dev"],
    ["forgives missing slashes", "http:lap.acme.dev", "http://lap.acme.dev"],
  ])("%s: %s", (_, typed, base) => {
    expect(normalizeBase(typed)).toBe(base);
  });

  test.each([
    ["nothing", "", "the platform URL is empty"],
    ["spaces", "  ", "the platform URL is empty"],
    ["words", "my platform", "'my platform' is not a URL"],
    ["a scheme alone", "https://", "'https://' is not a URL"],
    ["a bad port", "lap.acme.dev:99999", "'lap.acme.dev:99999' is not a URL"],
    ["another scheme", "ftp://lap.acme.dev", "not 'ftp:'"],
    ["a WebSocket", "wss://lap.acme.dev", "not 'wss:'"],
    ["a user name", "https://ann@lap.acme.dev", "holds a user name or password"],
    ["a password", "https://ann:secret@lap.acme.dev", "holds a user name or password"],
    ["a password without a scheme", "ann:secret@lap.acme.dev", "holds a user name or password"],
  ])("cannot be %s", (_, typed, message) => {
    expect(() => normalizeBase(typed)).toThrow(UsageError);
    expect(() => normalizeBase(typed)).toThrow(message);
  });

  test("a password in it is not repeated", () => {
    expect(() => normalizeBase("https://ann:hunter2@lap.acme.dev")).not.toThrow("hunter2");
  });
});

describe("this machine", () => {
  test.each([
    ["localhost", true],
    ["LOCALHOST", true],
    ["a.localhost", true],
    ["127.0.0.1", true],
    ["127.8.9.10", true],
    ["[::1]", true],
    ["localhost.acme.dev", false],
    ["127.acme.dev", false],
    ["10.0.0.1", false],
    ["notlocalhost", false],
  ])("%s: %p", (hostname, loopback) => {
    expect(isLoopback(hostname)).toBe(loopback);
  });

  test.each([
    ["http://lap.acme.dev", true],
    ["https://lap.acme.dev", false],
    ["http://localhost:3000", false],
    ["http://127.0.0.1", false],
  ])("the key can be read on the way to %s: %p", (base, plain) => {
    expect(isPlainRemote(base)).toBe(plain);
  });
});

test.each([
  ["a UUID", ID, true],
  ["in capitals", ID.toUpperCase(), true],
  ["a name that looks like one", "6f9619ff-8b86-4d01-b42d-00cf4fc964zz", false],
  ["36 dashes", "-".repeat(36), false],
  ["a UUID with more behind it", `${ID}0`, false],
])("isUuid: %s", (_, text, expected) => {
  expect(isUuid(text)).toBe(expected);
});

describe("a session's reference", () => {
  const origin = "https://lap.acme.dev";

  test.each([
    ["an id", ID, { id: ID }],
    ["an id that is no UUID", "s-1%2f", { id: "s-1%2f" }],
    ["an id with spaces around it", ` ${ID}\n`, { id: ID }],
    ["a page's URL", `${origin}/sessions/${ID}`, { id: ID, origin }],
    ["a page's URL in the singular", `${origin}/session/${ID}/`, { id: ID, origin }],
    ["a URL behind a prefix", `${origin}/lap/sessions/${ID}/logs`, { id: ID, origin }],
    ["a nested page", `${origin}/agents/${OTHER_ID}/sessions/${ID}`, { id: ID, origin }],
    ["an API's URL", `${origin}/api/v1/managed_agents/sessions/${ID}`, { id: ID, origin }],
    ["an escaped id", `${origin}/sessions/a%20b`, { id: "a b", origin }],
    ["a UUID in the query", `${origin}/chat?s=${ID}`, { id: ID, origin }],
    ["the last UUID of several", `${origin}/a/${OTHER_ID}/${ID}`, { id: ID, origin }],
    ["a UUID in the fragment", `${origin}/#${ID}`, { id: ID, origin }],
    ["a terminal's URL", `wss://lap.acme.dev/sessions/${ID}/tty`, { id: ID, origin }],
    ["a port", `http://h:3000/sessions/${ID}`, { id: ID, origin: "http://h:3000" }],
    ["a WebSocket's default port", `ws://h:80/sessions/${ID}`, { id: ID, origin: "http://h" }],
  ])("is read from %s", (_, text, expected) => {
    expect(parseSessionReference(text)).toEqual(expected);
  });

  test.each([
    ["nothing", "", "'' is not a session id or URL"],
    ["words", "two words", "'two words' is not a session id or URL"],
    ["a path", "sessions/1", "'sessions/1' is not a session id or URL"],
    ["a URL of no session", `${origin}/agents`, "the URL names no session"],
    ["a URL that ends too early", `${origin}/sessions/`, "the URL names no session"],
    ["a broken URL", "https://", "'https://' is not a URL"],
    ["a broken escape", `${origin}/sessions/%zz`, "not well-formed: '%zz'"],
  ])("cannot be %s", (_, text, message) => {
    expect(() => parseSessionReference(text)).toThrow(message);
  });
});

describe("of a URL what names a place is shown, and nothing that may be a secret", () => {
  test.each([
    ["ws://host:8080/tty", "ws://host:8080/tty"],
    ["wss://host/tty?token=SECRET&x=1", "wss://host/tty"],
    ["wss://user:SECRET@host/a/tty?token=SECRET#SECRET", "wss://host/a/tty"],
    ["ws://[::1]:80/tty#SECRET", "ws://[::1]/tty"],
  ])("%s", (url, shown) => expect(shownUrl(url)).toBe(shown));
});
