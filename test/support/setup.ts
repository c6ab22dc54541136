import { setDefaultTimeout } from "bun:test";

// A bound for a hang, not a measure: the waits inside tests fail earlier and say for what.
setDefaultTimeout(60_000);
