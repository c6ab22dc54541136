import { expect, test } from "bun:test";
import { OwedAnswers } from "../../src/attach/answers.ts";

const DA1 = "\x1b[?62;22c";

/** What the remote asks at 0 s, what it hears, and what is owed at the end. */
type Case = [
  name: string,
  asked: { questions: number; attributeQuestions: number },
  heard: string[],
  end: { seconds: number; reports: boolean },
  owed: { attributes: number; sure: boolean } | undefined,
];

test.each<Case>([
  [
    "nothing asked, nothing reported",
    { questions: 0, attributeQuestions: 0 },
    [],
    { seconds: 1, reports: false },
    undefined,
  ],
  [
    "a mode that reports: perhaps a terminal that never answers",
    { questions: 0, attributeQuestions: 0 },
    ["ls\r"],
    { seconds: 1, reports: true },
    { attributes: 0, sure: false },
  ],
  [
    "a fresh question that only a far terminal has not answered yet",
    { questions: 3, attributeQuestions: 2 },
    [DA1],
    { seconds: 1.2, reports: false },
    { attributes: 1, sure: true },
  ],
  [
    "an old question that was never answered",
    { questions: 1, attributeQuestions: 1 },
    ["\x1b[A", "\x1bP", "\x1b]"],
    { seconds: 10, reports: true },
    { attributes: 0, sure: false },
  ],
  ...[DA1, "\x1b[>0;276;0c", "\x1b]11;rgb:0/0/0\x1b\\", "\x1bP>|xterm\x1b\\"].map(
    (answer): Case => [
      `an old question that was answered: ${JSON.stringify(answer)}`,
      { questions: 1, attributeQuestions: answer === DA1 ? 1 : 0 },
      [answer],
      { seconds: 10, reports: true },
      { attributes: 0, sure: true },
    ],
  ),
])("answers owed after %s", (_, asked, heard, { seconds, reports }, owed) => {
  const answers = new OwedAnswers({ ...asked, reports });
  answers.watched(0);
  for (const text of heard) answers.heard(Buffer.from(text));
  expect(answers.take(seconds * 1000)).toEqual(owed);
});

test("answers are owed once: who takes them sees to them", () => {
  const answers = new OwedAnswers({ questions: 2, attributeQuestions: 2, reports: true });
  answers.watched(0);
  expect(answers.take(100)).toEqual({ attributes: 2, sure: true });
  expect(answers.take(200)).toEqual({ attributes: 0, sure: false });
});
