import { expect, test } from "bun:test";
import { OwedAnswers } from "../../src/attach/answers.ts";

const DA1 = "\x1b[?62;22c";
const NOTHING = { questions: 0, attributeQuestions: 0, reports: false, reportsBegun: 0 };

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
  const answers = new OwedAnswers({ ...asked, reports, reportsBegun: reports ? 1 : 0 });
  answers.watched(0);
  for (const text of heard) answers.heard(Buffer.from(text));
  expect(answers.take(seconds * 1000)).toEqual(owed);
});

test("answers are owed once: who takes them sees to them", () => {
  const watcher = { questions: 2, attributeQuestions: 2, reports: true, reportsBegun: 1 };
  const answers = new OwedAnswers(watcher);
  answers.watched(0);
  expect(answers.take(100)).toEqual({ attributes: 2, sure: true });
  expect(answers.take(200)).toEqual({ attributes: 0, sure: false });
  watcher.questions = watcher.attributeQuestions = 3;
  answers.watched(300);
  expect(answers.take(400)).toEqual({ attributes: 1, sure: true });
});

test("reports that were on until just now may still be on their way", () => {
  const watcher = { questions: 0, attributeQuestions: 0, reports: true, reportsBegun: 1 };
  const answers = new OwedAnswers(watcher);
  answers.watched(0);
  watcher.reports = false;
  answers.watched(10_000);
  expect(answers.take(12_000)).toEqual({ attributes: 0, sure: false });
  expect(answers.take(12_001)).toBeUndefined();
  watcher.reports = true;
  answers.watched(20_000);
  watcher.reports = false;
  answers.watched(20_001);
  expect(answers.take(24_000)).toBeUndefined();
});

test("reports that were on and are off when that is looked at may still be on their way", () => {
  const watcher = { ...NOTHING };
  const answers = new OwedAnswers(watcher);
  answers.watched(0);
  watcher.reportsBegun = 1;
  answers.watched(10_000);
  answers.watched(11_000);
  expect(answers.take(12_999)).toEqual({ attributes: 0, sure: false });
  expect(answers.take(12_999)).toBeUndefined();
});

test("an answer that comes in two reads is one", () => {
  for (let cut = 1; cut < DA1.length; cut++) {
    const answers = new OwedAnswers({ ...NOTHING, questions: 1, attributeQuestions: 1 });
    answers.watched(0);
    for (const part of [DA1.slice(0, cut), DA1.slice(cut), "ls\r"])
      answers.heard(Buffer.from(part));
    expect(answers.take(1_000)).toEqual({ attributes: 0, sure: true });
  }
});

test.each(["\x1b[<0;3;4M", "\x1b[I", "\x1b[O", "\x1b[13;1:3u"])(
  "a terminal that reports %j is one that answers",
  (report) => {
    const answers = new OwedAnswers({ ...NOTHING, reports: true, reportsBegun: 1 });
    answers.watched(0);
    answers.heard(Buffer.from("\x1b[A\x1b[1;5C\x1bOP"));
    expect(answers.take(10_000)).toEqual({ attributes: 0, sure: false });
    answers.heard(Buffer.from(report));
    expect(answers.take(10_000)).toEqual({ attributes: 0, sure: true });
  },
);
