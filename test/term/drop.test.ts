import { expect, test } from "bun:test";
import { dropAnswers } from "../../src/term/drop.ts";
import { TtyInput } from "../../src/term/input.ts";

// It was asked, and the answer waited for.
test("a terminal that is gone is not asked to answer", async () => {
  const ended = Promise.withResolvers<void>();
  const input = new TtyInput({ data() {}, end: ended.resolve }, "/dev/null");
  await ended.promise;
  const asked: string[] = [];
  await dropAnswers(input, { attributes: 0, sure: false }, (text) => void asked.push(text));
  expect(asked).toEqual([]);
});
