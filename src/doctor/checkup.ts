import { type Finding, findings } from "./finding.ts";
import { checkConfig, checkLocale, checkVersion } from "./local.ts";
import { checkApi, checkSession } from "./platform.ts";
import { checkTerminal } from "./terminal.ts";
import { checkWay } from "./way.ts";
import type { DoctorWorld } from "./world.ts";

/**
 * Looks at everything between this terminal and a session's, in the order of the way there. What lies
 * behind something that is closed is not looked at, so that one fault has one name.
 *
 * @param target an agent or a session, whose terminal is joined for a moment.
 * @throws the signal's reason.
 */
export async function* checkup(
  world: DoctorWorld,
  target: string | undefined,
): AsyncGenerator<Finding> {
  yield checkVersion(world);
  yield* remote(world, target);
  yield await checkTerminal(world);
  yield checkLocale(world);
}

async function* remote(world: DoctorWorld, target: string | undefined): AsyncGenerator<Finding> {
  const { finding, base } = checkConfig(world);
  yield finding;
  if (base === undefined) return;
  if (!(yield* checkWay(world, base))) return;
  const client = world.client();
  if (!(yield* checkApi(world, client))) return;
  if (target === undefined) {
    yield findings("session").skip("`lap doctor <agent or session>` looks at its terminal, too");
    return;
  }
  yield* checkSession(world, client, target);
}
