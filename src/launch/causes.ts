/** How bad a finding is: the session cannot work, may not work, or is only a remark. */
export type Severity = "high" | "medium" | "info";

/** Something that may be wrong with a session, in plain sentences. */
export interface Cause {
  severity: Severity;
  /** What is wrong: a sentence without its full stop. */
  what: string;
  /** What to do about it; sentences. Undefined where there is nothing. */
  advice: string | undefined;
}

const ADMINISTRATOR = "the platform's administrator";
const RESTART = "`lap restart <session>` gives it a fresh sandbox.";

const high = (what: string, advice?: string): Cause => ({ severity: "high", what, advice });
const medium = (what: string, advice?: string): Cause => ({ severity: "medium", what, advice });
const info = (what: string, advice?: string): Cause => ({ severity: "info", what, advice });

const CAUSES = {
  image: high(
    "the sandbox's image cannot be pulled",
    `Ask ${ADMINISTRATOR} to check the image's name and the cluster's access to its registry.`,
  ),
  memory: high(
    "the sandbox ran out of memory and was killed",
    `${RESTART} If it happens again, the agent's sandboxes need a higher memory limit.`,
  ),
  crash: high(
    "the program in the sandbox ends as soon as it starts, again and again",
    "Its last lines tell why, as a rule: `lap logs <session>` shows them.",
  ),
  container: high(
    "the sandbox's container cannot be started",
    `A missing secret, setting or volume is the usual reason. Ask ${ADMINISTRATOR}.`,
  ),
  place: high(
    "the cluster has no room for the sandbox",
    `It starts as soon as there is room. \`lap stop\` on sessions that nobody needs makes some; otherwise ask ${ADMINISTRATOR} for more nodes.`,
  ),
  evicted: high("the cluster took the sandbox off its node", RESTART),
  volume: high("the sandbox's disk cannot be attached", `Ask ${ADMINISTRATOR}.`),
  ended: high(
    "the program in the sandbox ended",
    `\`lap logs <session>\` shows its last lines. ${RESTART}`,
  ),
  node: high(
    "the machine under the sandbox is not ready",
    `${RESTART} It comes up on another machine. Tell ${ADMINISTRATOR}.`,
  ),
  address: high(
    "the platform does not find the sandbox's address",
    `Ask ${ADMINISTRATOR} to restart the platform's web service: it may remember a node that is gone.`,
  ),
  unreachable: high(
    "the sandbox runs, but the program in it does not answer",
    `\`lap logs <session>\` shows what it says. ${RESTART}`,
  ),
  service: high("there is no network route to the sandbox", RESTART),
  vanished: high("the sandbox is gone from the cluster", RESTART),
  late: high(
    "the sandbox was not ready within the platform's time limit",
    `${RESTART} A cold start takes up to 8 minutes, less the next time on a machine that has the image.`,
  ),
  slow: medium("the sandbox takes long to become ready", "Give it a few minutes more."),
  crowded: medium(
    "the machine under the sandbox is crowded, so that it may be slow",
    `Tell ${ADMINISTRATOR}.`,
  ),
  idle: high(
    "the platform ended the session because nobody used it; typing in its terminal does not count",
    RESTART,
  ),
  cold: info("no sandbox stands ready for this agent: its next session starts cold"),
  disk: high(
    "the sandbox's disk is full",
    `${RESTART} What is not pushed is lost with the old one.`,
  ),
  clone: high(
    "the agent's repository cannot be cloned",
    "Check the agent's repository URL and branch, and its access to it.",
  ),
} satisfies Record<string, Cause>;

export type CauseName = keyof typeof CAUSES;

/** A cause by its name. */
export function causeOf(name: CauseName): Cause {
  return CAUSES[name];
}

/** What else shows where something is wrong, and needs no word of its own then. */
const EXPLAINS: Partial<Record<CauseName, readonly CauseName[]>> = {
  image: ["slow", "late"],
  place: ["slow", "late"],
  container: ["slow", "late"],
  volume: ["slow", "late"],
  memory: ["crash", "ended", "unreachable"],
  disk: ["crash", "ended", "unreachable"],
  clone: ["crash", "ended", "late"],
  crash: ["ended", "slow", "late", "unreachable"],
  node: ["slow", "unreachable"],
  vanished: ["unreachable"],
};

/** The causes that no other one among them explains. */
export function rootCauses(names: readonly CauseName[]): CauseName[] {
  const explained = new Set(names.flatMap((name) => EXPLAINS[name] ?? []));
  return names.filter((name) => !explained.has(name));
}

/** The platform's own codes of what it detected. */
const ISSUES: Record<string, CauseName> = {
  dead_node_assigned: "node",
  stale_node_host_cache_suspect: "address",
  pod_image_pull_backoff: "image",
  pod_not_ready_old: "slow",
  harness_unreachable: "unreachable",
  node_oversubscribed: "crowded",
  service_missing: "service",
  warm_pool_empty_for_agent: "cold",
};

/** What a code among the platform's detected issues stands for, where that is known. */
export function issueCause(code: string): CauseName | undefined {
  return Object.hasOwn(ISSUES, code) ? ISSUES[code] : undefined;
}

/** Kubernetes' reasons of pods, containers and conditions, and the platform's own of a session's end. */
const REASONS: [RegExp, CauseName][] = [
  [/ImagePull|ErrImage|InvalidImageName|ImageInspectError|RegistryUnavailable/, "image"],
  [/OOM[ -]?Killed/i, "memory"],
  [/CrashLoopBackOff/, "crash"],
  [/CreateContainer(?:Config)?Error|RunContainerError|ContainerCannotRun|StartError/, "container"],
  [/Unschedulable|FailedScheduling|Insufficient (?:cpu|memory)/, "place"],
  [/Evicted|Preempt|NodeShutdown|NodeLost|TaintManager/, "evicted"],
  [/FailedMount|FailedAttachVolume/, "volume"],
  [/idle timeout/i, "idle"],
  [/task disappeared/i, "vanished"],
  [/sandbox unreachable/i, "unreachable"],
  [/sandbox never ready|creating timeout|watchdog/i, "late"],
];

/** What a reason stands for, where that is known. */
export function reasonCause(reason: string): CauseName | undefined {
  return REASONS.find(([form]) => form.test(reason))?.[1];
}

/** What the program's last lines give away. */
const LINES: [RegExp, CauseName][] = [
  [/no space left on device/i, "disk"],
  [
    /fatal: (?:could not read Username|Authentication failed|repository .* not found|Could not read from remote|Remote branch .* not found)|remote: Repository not found/i,
    "clone",
  ],
];

/** What a line of the pod's log stands for, where that is known. */
export function lineCause(line: string): CauseName | undefined {
  return LINES.find(([form]) => form.test(line))?.[1];
}
