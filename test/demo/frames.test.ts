import { expect, test } from "bun:test";
import { readFrame } from "../../src/demo/tty.ts";

const typed = (text: string) => ({ type: "keys" as const, bytes: new TextEncoder().encode(text) });

test.each([
  ['{"type":"resize","cols":80,"rows":24}', { type: "resize", cols: 80, rows: 24 }],
  ['{"type":"resize","cols":80.7,"rows":24.2}', { type: "resize", cols: 80, rows: 24 }],
  ['{"type":"resize","cols":1e9,"rows":24}', { type: "resize", cols: 65535, rows: 24 }],
  ['{"type":"ping"}', { type: "ping" }],
])("the text frame %s is obeyed", (text, frame) => {
  expect(readFrame(text)).toEqual(frame as ReturnType<typeof readFrame>);
});

test.each([
  "ls\r",
  "é✻🦊",
  "{",
  "{}",
  "{oops}",
  '{"type":"other"}',
  '{"type":"resize"}',
  '{"type":"resize","cols":"80","rows":24}',
  '{"type":"resize","cols":0,"rows":24}',
  '{"type":"resize","cols":-1,"rows":24}',
  '{"type":"resize","cols":0.5,"rows":24}',
  ' {"type":"resize","cols":80,"rows":24}',
])("the text frame %s is typed", (text) => {
  expect(readFrame(text)).toEqual(typed(text));
});

test("a binary frame is typed, a resize in it too", () => {
  const bytes = new TextEncoder().encode('{"type":"resize","cols":80,"rows":24}');
  expect(readFrame(bytes)).toEqual({ type: "keys", bytes });
});
