/**
 * The systems that lap is shipped for. Everything that differs between them stands here: how it is
 * compiled, signed, named, tried and installed follows.
 */
export interface Target {
  /** As in `lap-<name>.tar.gz`, and after `bun-` for the compiler. */
  name: string;
  os: "darwin" | "linux";
  cpu: "arm64" | "x64";
  /** The C library; macOS has but one. */
  libc?: "glibc" | "musl";
  /** The package that holds Bun for this system; bun.lock says what is in it. */
  runtime: string;
}

export const TARGETS: readonly Target[] = [
  { name: "darwin-arm64", os: "darwin", cpu: "arm64", runtime: "@oven/bun-darwin-aarch64" },
  { name: "darwin-x64", os: "darwin", cpu: "x64", runtime: "@oven/bun-darwin-x64" },
  {
    name: "linux-arm64",
    os: "linux",
    cpu: "arm64",
    libc: "glibc",
    runtime: "@oven/bun-linux-aarch64",
  },
  {
    name: "linux-arm64-musl",
    os: "linux",
    cpu: "arm64",
    libc: "musl",
    runtime: "@oven/bun-linux-aarch64-musl",
  },
  { name: "linux-x64", os: "linux", cpu: "x64", libc: "glibc", runtime: "@oven/bun-linux-x64" },
  {
    name: "linux-x64-musl",
    os: "linux",
    cpu: "x64",
    libc: "musl",
    runtime: "@oven/bun-linux-x64-musl",
  },
];

/** The file that a release has for a target. */
export function archiveName({ name }: Target): string {
  return `lap-${name}.tar.gz`;
}

/** Where a target's binary is built. It is called `lap` everywhere: its bytes depend on its name. */
export function binaryPath({ name }: Target): string {
  return `dist/${name}/lap`;
}
