/** What a connection is about; told by its last request, and by what followed an upgrade. */
export type Stage =
  | "list"
  | "create"
  | "poll"
  | "upgrade"
  | "attached"
  | "detaching"
  /** Any other request. */
  | "other";

export type Way = "to-server" | "to-client";

/** What may go wrong between a client and a server. */
export type Fault =
  /** Nobody listens any more; what is open is closed without an answer. */
  | { kind: "refuse" }
  /** Both ends are closed, in order or by a reset, at a chunk that goes this way. */
  | { kind: "cut"; by: "fin" | "reset"; on?: Way }
  /** One direction ends behind a chunk that goes this way; the other one stays open. */
  | { kind: "half-close"; way: Way }
  /** Bytes of one direction wait until the fault is over. */
  | { kind: "stall"; way: Way }
  /** Packets vanish both ways, for good: what was open then stays dead afterwards. */
  | { kind: "drop" }
  /** Bytes are late, each way and in order. */
  | { kind: "delay"; ms: number }
  /** Every byte is a chunk of its own. */
  | { kind: "split" }
  /** Chunks are gathered for a moment, and come as one. */
  | { kind: "merge" };

/** What becomes of a chunk. */
export type Treatment =
  | { do: "pass" }
  /** Waits, and all behind it. */
  | { do: "hold" }
  | { do: "later"; ms: number }
  | { do: "bytewise" }
  | { do: "gather"; ms: number }
  /** The chunk does not go on, and its connection ends in this way. */
  | { do: "strike"; fault: Strike }
  /** The chunk is the last one to go on. */
  | { do: "last"; fault: Strike };

/** What ends a connection, or half of it. */
export type Strike = Extract<Fault, { kind: "refuse" | "cut" | "half-close" | "drop" }>;

/** Longer than the pauses within one answer, shorter than anybody notices. */
const GATHER_MS = 20;
const PASS: Treatment = { do: "pass" };

/** What a fault does to a chunk that goes one way. */
export function treatment(fault: Fault | undefined, way: Way): Treatment {
  switch (fault?.kind) {
    case undefined:
      return PASS;
    case "stall":
      return way === fault.way ? { do: "hold" } : PASS;
    case "delay":
      return { do: "later", ms: fault.ms };
    case "split":
      return { do: "bytewise" };
    case "merge":
      return { do: "gather", ms: GATHER_MS };
    case "cut":
      return way === (fault.on ?? "to-server") ? { do: "strike", fault } : PASS;
    case "half-close":
      return way === fault.way ? { do: "last", fault } : PASS;
    case "refuse":
    case "drop":
      return { do: "strike", fault };
  }
}

/** Whether a fault acts on what is open at the moment it begins, rather than on what it lets pass. */
export function isStrike(fault: Fault): fault is Strike {
  return ["refuse", "cut", "half-close", "drop"].includes(fault.kind);
}

/** A request's stage, from its first line. */
export function stageOf(requestLine: string): Stage {
  const [method, target = ""] = requestLine.split(" ");
  const [path = ""] = target.split("?");
  if (path.endsWith("/tty")) return "upgrade";
  if (method === "POST" && /\/agents\/[^/]+\/session$/.test(path)) return "create";
  if (method === "GET" && /\/agents(?:\/[^/]+)?$/.test(path)) return "list";
  if (method === "GET" && /\/sessions\/[^/]+$/.test(path)) return "poll";
  return "other";
}
