import { configPath, removeConfig, tilde } from "../config/credentials.ts";
import { command } from "./command.ts";

export default command({
  description: "Remove the saved platform and key; sessions live on",
  args: {},
  examples: ["lap logout"],
  run(_args, { home, log, env }) {
    const shown = tilde(configPath(home), home);
    if (removeConfig(home)) log.success(`removed ${shown}`);
    else log.log(`not logged in: there is no ${shown}`);
    if (env.LAP_KEY) log.warn("LAP_KEY is still set in the environment");
  },
});
