import type { Locate } from "../attach/whereabouts.ts";
import type { Context } from "../context.ts";

/** Tells of what is waited for, and notes it. */
export function noting({ trace }: Context, update: (label: string) => void) {
  return (label: string) => {
    trace?.note("waiting", { for: label });
    update(label);
  };
}

/** Asks where a session is whose connection was lost, and notes what was said. */
export function notingLocate({ trace }: Context, locate: Locate): Locate {
  if (!trace) return locate;
  return async (signal) => {
    const where = await locate(signal);
    trace.note("whereabouts", {
      kind: where.kind,
      ...("label" in where ? { label: where.label } : {}),
    });
    return where;
  };
}
