import { expect, test } from "bun:test";
import { renderJson, renderJsonLine } from "../../src/ui/json.ts";

test("JSON is exact, and harmless on a terminal", () => {
  const value = { name: "\x1b[2J\u009b31m\x7f\u202e\u2028 é 世界 🎉", list: [1, null] };
  const text = renderJson(value);
  expect(JSON.parse(text)).toEqual(value);
  expect(text).toBe(
    '{\n  "name": "\\u001b[2J\\u009b31m\\u007f\\u202e\\u2028 é 世界 🎉",\n' +
      '  "list": [\n    1,\n    null\n  ]\n}\n',
  );
});

test("a stream of JSON has a value a line", () => {
  const value = { name: "two\nlines\u009b", list: [1] };
  const text = renderJsonLine(value);
  expect(JSON.parse(text)).toEqual(value);
  expect(text).toBe('{"name":"two\\nlines\\u009b","list":[1]}\n');
});
