import { expect, test } from "bun:test";
import { Echo } from "../../src/attach/echo.ts";

test.each<[name: string, sent: string, came: string[], only: boolean]>([
  ["nothing", "ls\n", [], true],
  ["the input", "ls\n", ["ls\r\n"], true],
  ["the input in pieces", "ls\ncd\n", ["l", "s\r", "\ncd\r\n"], true],
  ["the start of the input", "ls\ncd\n", ["ls\r"], true],
  ["controls, as carets", "\x01\x1b[A\x7f\t\r", ["^A^[[A^?\t\r\n"], true],
  ["what is not ASCII", "é\n", ["é\r\n"], true],
  ["the input and more", "ls\n", ["ls\r\n", "$ "], false],
  ["the input and more at once", "ls\n", ["ls\r\n$ "], false],
  ["a prompt before the input", "ls\n", ["$ ls\r\n"], false],
  ["something before any input", "", ["$ "], false],
  ["a bare line feed", "ls\n", ["ls\n"], false],
  ["more than a terminal holds", "x".repeat(5000), ["x".repeat(4097)], false],
])("what came is the echo of what was sent: %s", (_, sent, came, only) => {
  const echo = new Echo();
  echo.sent(Buffer.from(sent));
  for (const text of came) echo.came(Buffer.from(text));
  expect(echo.only).toBe(only);
});

test("once more has come, an echo is none any more", () => {
  const echo = new Echo();
  echo.came(Buffer.from("$ "));
  echo.sent(Buffer.from("ls"));
  echo.came(Buffer.from("ls"));
  expect(echo.only).toBe(false);
});
