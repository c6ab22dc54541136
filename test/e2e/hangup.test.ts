import { expect, test } from "bun:test";
import { TemporaryHome } from "../support/home.ts";
import { lap } from "../support/lap.ts";
import { StubServer } from "../support/stub-server.ts";

// Its window closed at a question, lap went on for ever, at all that a processor had.
test.each([
  ["for an agent", [], "Open which agent?"],
  ["for a URL", ["login"], "Agent platform URL:"],
  ["for a key", ["login", "--url", "https://lap.acme.dev"], "Master key:"],
])("a terminal that is closed at the question %s ends lap", async (_, args, question) => {
  using home = new TemporaryHome();
  const agent = { id: "a-1", name: "bot", supports_tui: true };
  await using server = new StubServer((_request, { pathname }) =>
    Response.json(pathname.endsWith("/agents") ? { data: [agent], total: 1 } : []),
  );
  const env = args.length === 0 ? { LAP_URL: server.url, LAP_KEY: "sk-test-0123456789" } : {};
  using terminal = lap(home, args, { env });
  await terminal.shows(question);
  terminal.terminal.close();
  expect(await terminal.process.exited).toBe(129);
});
