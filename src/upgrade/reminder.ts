import type { Context } from "../context.ts";
import type { Router } from "../net/route.ts";

// What every command passes through: the rest is loaded when there is something to do.

/** A command that takes so long is no moment's: meanwhile a question to the network delays nothing. */
const ASK_AFTER_MS = 3_000;

/** Tells of a newer release when a command is done, by what an earlier, longer one has heard. */
export interface Reminder {
  /** Says it now, if there is something to say and it is due. */
  tell(): Promise<void>;
  /** Stops asking. Safe to call twice. */
  end(): void;
}

/** For a command that says itself what there is to say. */
export const NO_REMINDER: Reminder = { tell: async () => {}, end: () => {} };

/** @param router how hosts are reached; asked for once there is something to ask. */
export function startReminder(context: Context, router: () => Promise<Router>): Reminder {
  if (!isWelcome(context)) return NO_REMINDER;
  const asking = new AbortController();
  const cancel = context.clock.after(ASK_AFTER_MS, () => {
    void import("./notice.ts").then(({ refresh }) => refresh(context, router, asking.signal));
  });
  const end = () => {
    cancel();
    asking.abort();
  };
  return {
    tell: async () => {
      end();
      (await import("./notice.ts")).tell(context);
    },
    end,
  };
}

/** Only a person at a terminal, with a lap that can be upgraded, who has not said no. */
function isWelcome({ env, stdout, stderr, program }: Context): boolean {
  const refused = env.LAP_NO_UPDATE_NOTICE || env.CI || env.BUILD_NUMBER || env.RUN_ID;
  return Boolean(stdout.isTTY && stderr.isTTY) && !refused && program.length === 1;
}
