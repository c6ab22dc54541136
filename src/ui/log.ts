import { type ConsolaInstance, createConsola } from "consola/core";
import { styleText } from "node:util";

/** The part of a stream that lap writes words to. */
export interface OutputStream {
  write(text: string): unknown;
  /** Writes what may be dropped where a terminal is behind. */
  offer?: ((text: string) => unknown) | undefined;
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
}

type Style = Parameters<typeof styleText>[0];
export type Paint = (style: Style, text: string) => string;

/** Colour only on a terminal, and never with NO_COLOR (https://no-color.org) or TERM=dumb. */
export function painter(
  stream: Pick<OutputStream, "isTTY">,
  env: Record<string, string | undefined>,
): Paint {
  const plain = !stream.isTTY || Boolean(env.NO_COLOR) || env.TERM === "dumb";
  return plain
    ? (_style, text) => text
    : (style, text) => styleText(style, text, { validateStream: false });
}

const MARKS: Record<string, { mark: string; style: Style }> = {
  success: { mark: "✓ ", style: "green" },
  error: { mark: "✗ ", style: "red" },
  warn: { mark: "! ", style: "yellow" },
};

/**
 * What lap says to the person, all of it on stderr: `success` ✓, `error` ✗, `warn` !, and `info` or
 * `log` without a mark.
 */
export function createLog(stderr: OutputStream, paint: Paint): ConsolaInstance {
  return createConsola({
    level: 3,
    // consola's own throttling folds repeated lines, which would hide a second, equal fault.
    throttle: 0,
    reporters: [
      {
        log({ type, args }) {
          const { mark, style } = MARKS[type] ?? { mark: "", style: "reset" };
          stderr.write(`${mark && paint(style, mark)}${args.map(String).join(" ")}\n`);
        },
      },
    ],
  });
}
