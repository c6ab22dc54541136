import { expect, test } from "bun:test";
import { format, inspect } from "node:util";
import { forgetSecrets, hideSecrets, noteLogin, noteSecret, Secret } from "../../src/net/secret.ts";

const VALUE = "sk-hunter2-0123456789";
const secret = new Secret(VALUE);

test.each<[string, () => string]>([
  ["a template", () => `${secret as unknown as string}`],
  ["a sum", () => "" + (secret as unknown as string)],
  ["String", () => String(secret)],
  ["toString", () => secret.toString()],
  ["toLocaleString", () => secret.toLocaleString()],
  ["a join", () => [secret, secret].join()],
  ["a number", () => String(Number(secret))],
  ["JSON", () => JSON.stringify({ secret, list: [secret] })],
  ["inspect", () => inspect({ secret, deep: { list: [secret] } }, { depth: 9, showHidden: true })],
  ["Bun.inspect", () => Bun.inspect({ secret })],
  ["format", () => format("%s %o %O %j", secret, secret, secret, secret)],
  ["an error", () => inspect(new Error("no", { cause: { secret } }))],
  ["a property's list", () => JSON.stringify(Object.entries(secret)) + Object.keys(secret).join()],
  ["a copy", () => JSON.stringify({ ...secret }) + JSON.stringify(structuredClone({ ...secret }))],
])("%s does not show it", (_, print) => {
  expect(print()).not.toContain("hunter2");
});

test("it prints as what it is not, and is revealed to whoever asks", () => {
  expect([`${String(secret)}`, JSON.stringify({ secret })]).toEqual(["•••", '{"secret":"•••"}']);
  expect(secret.reveal()).toBe(VALUE);
});

test("it is hidden in the words of others, escaped or not, however often", () => {
  forgetSecrets();
  noteSecret(VALUE);
  const strange = new Secret("s3cret/with space&more");
  const words = `no ${VALUE}, no ${VALUE}; ?token=${encodeURIComponent(strange.reveal())}`;
  expect(hideSecrets(words)).toBe("no •••, no •••; ?token=•••");
});

test("one that begins like another does not give the rest of that away", () => {
  forgetSecrets();
  for (const value of ["abcdef", "abcdefghi"]) noteSecret(value);
  expect(hideSecrets("abcdefghi abcdef")).toBe("••• •••");
});

test("one with half a character, as a server may send it, is hidden as well", () => {
  forgetSecrets();
  noteSecret("\ud800abcdef");
  expect(hideSecrets("no \ud800abcdef")).toBe("no •••");
});

test("a URL's login is hidden as it stands there, as it is, and as a header carries it", () => {
  forgetSecrets();
  noteLogin(new URL("http://ann:p%40ss%20w%C3%B6rd@host"));
  const header = Buffer.from("ann:p@ss wörd").toString("base64");
  expect(hideSecrets(`p%40ss%20w%C3%B6rd, p@ss wörd, Basic ${header}`)).toBe("•••, •••, Basic •••");
  // Latin-1, which is no UTF-8.
  noteLogin(new URL("http://ann:w%F6rdword@host"));
  const latin = Buffer.from("ann:wördword", "latin1").toString("base64");
  expect(hideSecrets(`w%F6rdword ${latin}`)).toBe("••• •••");
});

test("a part of a URL can be hidden as well; what is short and stands in words is not", () => {
  noteSecret("pass-of-a-proxy");
  noteSecret("a");
  expect(hideSecrets("http://ann:pass-of-a-proxy@host")).toBe("http://ann:•••@host");
});

test("a header that is sent back is hidden though nobody knows the token in it; words are not", () => {
  forgetSecrets();
  expect(hideSecrets("bad header: Bearer eyJhbGci.OiJI-_x==, bearer  tty-token-1")).toBe(
    "bad header: Bearer •••, bearer  •••",
  );
  expect(hideSecrets("a bearer of news; Bearer: none")).toBe("a bearer of news; Bearer: none");
});
