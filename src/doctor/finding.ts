/** What is looked at, in this order. */
export type CheckName =
  | "version"
  | "config"
  | "proxy"
  | "dns"
  | "tcp"
  | "tls"
  | "clock"
  | "key"
  | "api"
  | "session"
  | "endpoint"
  | "upgrade"
  | "terminal"
  | "locale";

/** What one look showed. Its words may come from a server: cleaned where they are printed. */
export interface Finding {
  check: CheckName;
  /** `skip`: not looked at, as something before it is missing. */
  state: "pass" | "warn" | "fail" | "skip";
  /** What is so, or what is wrong, with its cause. */
  says: string;
  /** What to do about it. */
  fix?: string | undefined;
}

/** Findings of one check, by their state. */
export function findings(check: CheckName) {
  return {
    pass: (says: string): Finding => ({ check, state: "pass", says }),
    skip: (says: string): Finding => ({ check, state: "skip", says }),
    warn: (says: string, fix?: string): Finding => ({ check, state: "warn", says, fix }),
    fail: (says: string, fix?: string): Finding => ({ check, state: "fail", says, fix }),
  };
}

/** What a check ends with where it cannot go on: an error of lap's own has its sentence and its hint. */
export function failure(check: CheckName, error: unknown): Finding {
  type Fault = { name?: string; message?: string; hint?: string };
  const { name, message = String(error), hint } = (error ?? {}) as Fault;
  if (name === "TimeoutError") return findings(check).fail(SILENT, SILENT_FIX);
  return findings(check).fail(message.replace(/^\[ws closed\] /, ""), hint);
}

const SILENT = "it takes the connection, and does not answer in time";
const SILENT_FIX =
  "A firewall or proxy on the way may swallow what is sent, or the host be stuck. Try again in a moment, then ask whoever runs it.";
