import { configPath, maskKey, tilde } from "../config/credentials.ts";
import { renderJson } from "../ui/json.ts";
import { command } from "./command.ts";
import { findCredentials } from "./platform.ts";

export default command({
  description: "Show the configuration in force: where it comes from, the platform, the key masked",
  args: { json: { type: "boolean", description: "Print JSON" } },
  examples: ["lap config", "lap config --json | jq -r .base"],
  run({ json }, context) {
    const { home, stdout, log, paint } = context;
    const path = configPath(home);
    const found = findCredentials(context);
    if (json) {
      const record = {
        path,
        base: found?.base ?? null,
        key: found ? maskKey(found.key) : null,
        sources: found?.sources ?? null,
      };
      stdout.write(renderJson(record));
      return;
    }
    if (!found) {
      log.log(`not logged in: there is no ${tilde(path, home)}. Run \`lap login\`.`);
      return;
    }
    const origin = (source: string) =>
      source === "file" ? "" : paint("dim", `  (from ${source})`);
    stdout.write(
      [
        `file  ${tilde(path, home)}`,
        `base  ${found.base}${origin(found.sources.base)}`,
        `key   ${maskKey(found.key)}${origin(found.sources.key)}`,
        "",
      ].join("\n"),
    );
  },
});
