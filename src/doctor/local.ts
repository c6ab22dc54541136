import { statSync } from "node:fs";
import { arch, platform, release } from "node:os";
import { dirname } from "node:path";
import { configPath, tilde } from "../config/configfile.ts";
import { isPlainRemote } from "../net/url.ts";
import { findLocale } from "../locale.ts";
import { type Finding, failure, findings } from "./finding.ts";
import type { DoctorWorld } from "./world.ts";

/** What runs, and on what. */
export function checkVersion({ version }: DoctorWorld): Finding {
  return findings("version").pass(`lap ${version} on ${platform()} ${release()}, ${arch()}`);
}

/** The login: where it comes from, and who can read it. */
export function checkConfig(world: DoctorWorld): { finding: Finding; base?: string } {
  const { pass, warn, fail } = findings("config");
  const { exposed } = world;
  try {
    const login = world.login();
    if (!login) return { finding: fail("nobody is logged in", "Run `lap login`.") };
    const { base, from } = login;
    const says = `${base} (${from})`;
    if (exposed) {
      return {
        base,
        finding: warn(`${says}; ${exposed}`, "If others use this machine, change the key."),
      };
    }
    if (isPlainRemote(base)) {
      return {
        base,
        finding: warn(
          `${says}: plain http, on which the key can be read`,
          "Use https where the platform has it.",
        ),
      };
    }
    return { base, finding: pass(says) };
  } catch (error) {
    const fault = failure("config", error);
    return { finding: { ...fault, fix: fault.fix ?? CONFIG_FIX } };
  }
}

const CONFIG_FIX = "`lap config get` lists what is set, and where; `lap config set` mends it.";

/** Who else can read the config file, in words; reading it takes that right away, where that can be. */
export function exposure(home: string): string | undefined {
  const path = configPath(home);
  try {
    const [file, folder] = [path, dirname(path)].map((place) => statSync(place).mode & 0o077);
    return file && folder ? `${tilde(path, home)} could be read by others` : undefined;
  } catch {
    return undefined;
  }
}

/** Whether text of every script gets through. */
export function checkLocale({ env }: DoctorWorld): Finding {
  const { pass, warn } = findings("locale");
  const locale = findLocale(env);
  if (locale?.utf8) return pass(`${locale.name}=${locale.value}`);
  return warn(
    locale ? `${locale.name}=${locale.value} is no UTF-8 locale` : "no locale is set",
    "Set LANG to a UTF-8 one, such as en_US.UTF-8 or C.UTF-8; programs may draw letters and lines wrongly.",
  );
}
